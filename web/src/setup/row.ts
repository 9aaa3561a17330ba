import type { Text } from "../feed/wire";

/** A share of the picture's width and height, from its top left corner. */
export type Point = readonly [x: number, y: number];
export const KINDS = ["lines", "zones", "masks"] as const;
export type Kind = (typeof KINDS)[number];

export interface CountingLine {
  readonly id: string;
  readonly start: Point;
  readonly end: Point;
  readonly allowed?: "in" | "out" | null;
}

export const PURPOSES = ["restricted", "crowd", "no_parking", "queue", "watch"] as const;

export interface Zone {
  readonly id: string;
  readonly name: string;
  readonly purpose: (typeof PURPOSES)[number];
  readonly points: readonly Point[];
  readonly closed: string;
  readonly area_m2?: number | null;
}

export interface Mask {
  readonly id: string;
  readonly points: readonly Point[];
}

/** A camera as the profile writes it. */
export interface CameraRow {
  readonly id: string;
  readonly name: string;
  readonly lon: number;
  readonly lat: number;
  readonly heading_deg: number;
  readonly source: string;
  readonly segment: string | null;
  readonly lines: readonly CountingLine[];
  readonly zones: readonly Zone[];
  readonly masks: readonly Mask[];
  readonly detector: string;
  readonly analysis_fps: number | null;
  readonly analysis_width: number | null;
  readonly life: string;
}

/** What the server says of one camera's set-up. `own` is null where nothing can be saved. */
export interface SetUp {
  readonly camera: CameraRow;
  readonly own: readonly string[] | null;
  readonly login: "given" | "missing" | "no_file" | "unfit";
  readonly trouble: Text | null;
}

const CHANGEABLE = [
  "name",
  "lon",
  "lat",
  "heading_deg",
  "source",
  "segment",
  "lines",
  "zones",
  "masks",
  "detector",
  "analysis_fps",
  "analysis_width",
  "life",
] as const satisfies readonly (keyof CameraRow)[];

/** The fields a person has made others than they were. */
export function changes(before: CameraRow, now: CameraRow): Partial<CameraRow> {
  const other = CHANGEABLE.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(now[field]));
  return Object.fromEntries(other.map((field) => [field, now[field]]));
}

/** The first id of this kind that is free. */
export function freeId(row: CameraRow, kind: Kind): string {
  const stem = { lines: "vach", zones: "vung", masks: "che" }[kind];
  const taken = new Set(row[kind].map((one) => one.id));
  let n = 1;
  while (taken.has(`${stem}-${n}`)) n += 1;
  return `${stem}-${n}`;
}
