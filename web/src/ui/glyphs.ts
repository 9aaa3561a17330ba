import type { Kind, Priority, UnitKind } from "../feed/wire";

/** Outlines on a 24 x 24 field, shared by the map's canvas and the page's SVG so that a sign means one thing. */

/** Priority is told by shape as well as colour and digit: diamond, triangle, square, circle. */
export const PRIORITY_SHAPE: Record<Priority, string> = {
  1: "M12 .8 23.2 12 12 23.2 .8 12Z",
  2: "M12 1.6 23.4 22.4H.6Z",
  3: "M2.6 2.6h18.8v18.8H2.6Z",
  4: "M12 1.6a10.4 10.4 0 1 1 0 20.8a10.4 10.4 0 1 1 0-20.8Z",
};

/** Where the digit sits in the shape, as a share of its height. */
export const PRIORITY_DIGIT_Y: Record<Priority, number> = { 1: 0.5, 2: 0.66, 3: 0.5, 4: 0.5 };

export const KIND_GLYPH: Record<Kind, string> = {
  call: "M6.6 2.8 9.8 7.2 8 9.8c1.2 2.6 3.4 4.8 6.2 6.2l2.6-1.8 4.4 3.2-1.4 3.6c-8.4 1-17.4-8-16.8-16.8Z",
  report: "M3 4h18v12.5H11.5L6.5 21v-4.5H3ZM7 8.2h10M7 12h6.5",
  event: "M12 3v4M12 17v4M3 12h4M17 12h4M12 8.6a3.4 3.4 0 1 1 0 6.8a3.4 3.4 0 1 1 0-6.8Z",
};

export const UNIT_GLYPH: Record<UnitKind, string> = {
  police: "M12 3l7 2.6v5.2c0 4.6-2.9 8.2-7 10.2-4.1-2-7-5.6-7-10.2V5.6Z",
  fire: "M12.6 2.6c.6 3.6 5.4 5.6 5.4 11a6 6 0 0 1-12 0c0-2.8 1.5-4.4 2.6-5.8.4 1.6 1 2.4 1.8 2.8-.2-3 .4-5.8 2.2-8Z",
  ambulance: "M9.2 3.4h5.6v5.8h5.8v5.6h-5.8v5.8H9.2v-5.8H3.4V9.2h5.8Z",
  crew: "M12 4a8 8 0 1 1 0 16a8 8 0 1 1 0-16Z",
};

/** What part of the centre speaks. Modules without a sign of their own have that of any event. */
export const MODULE_GLYPH: Readonly<Record<string, string>> = {
  traffic: "M4 17v-4.5l2.2-6h11.6l2.2 6V17M3.5 17h17M6.5 17v2.5M17.5 17v2.5M4.5 12h15",
  public_security: "M12 3l7.5 2.8v5.4c0 4.8-3.1 8.6-7.5 10.3-4.4-1.7-7.5-5.5-7.5-10.3V5.8Z",
  emergency: "M9.2 3.6h5.6v5.6h5.6v5.6h-5.6v5.6H9.2v-5.6H3.6V9.2h5.6Z",
  citizen: "M3 4h18v12.5H11.5L6.5 21v-4.5H3ZM7 8.2h10M7 12h6.5",
  media: "M4 4.5h13.5V20H6a2 2 0 0 1-2-2ZM17.5 9H20v9a2 2 0 0 1-2 2M7.2 8.5h7M7.2 12.2h7M7.2 16h4",
  camera: "M3 7h12.5v10H3ZM15.5 10.8 21 7.5v9l-5.5-3.3",
  desk: "M6 5h12v16H6ZM9.2 3h5.6v4H9.2ZM9 12h6M9 16h6",
};

export const SIGN = {
  unlink: "M4 4l16 16M8.5 6.8A8 8 0 0 1 19 9.6M5 9.4a8 8 0 0 0 12 8",
  warn: "M12 3 22 20.5H2ZM12 9.5v5M12 17.3v.6",
  sun: "M12 7.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9ZM12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22M5 5l1.8 1.8M17.2 17.2 19 19M19 5l-1.8 1.8M6.8 17.2 5 19",
  moon: "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5Z",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  next: "M5 5l7 7-7 7M13 5l7 7-7 7",
  place: "M12 21.5c4.6-5 7-8.4 7-11.5a7 7 0 0 0-14 0c0 3.1 2.4 6.5 7 11.5ZM12 7.5a2.5 2.5 0 1 1 0 5a2.5 2.5 0 1 1 0-5Z",
  close: "M5 5l14 14M19 5 5 19",
  lock: "M6 10.5h12V21H6ZM8.5 10.5V7.4a3.5 3.5 0 0 1 7 0v3.1",
} as const;

export type Sign = keyof typeof SIGN;
