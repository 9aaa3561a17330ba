/** Left, top, width and height, as shares of the picture. */
export type Box = readonly [x: number, y: number, w: number, h: number];
export type Point = readonly [x: number, y: number];

const FINE = 1_000;
/** Smaller than this a drag was a tap. */
const LEAST = 0.015;
const READY: Box = [0.4, 0.35, 0.2, 0.3];

const fine = (value: number) => Math.round(value * FINE) / FINE;
const share = (value: number) => Math.min(1, Math.max(0, value));

/** The box between two corners, inside the picture; null where it was only a tap. */
export function between([ax, ay]: Point, [bx, by]: Point): Box | null {
  const [left, right] = [share(Math.min(ax, bx)), share(Math.max(ax, bx))];
  const [top, bottom] = [share(Math.min(ay, by)), share(Math.max(ay, by))];
  const box: Box = [fine(left), fine(top), fine(right - left), fine(bottom - top)];
  return box[2] < LEAST || box[3] < LEAST ? null : box;
}

/** Moved, and still inside the picture. */
export function moved([x, y, w, h]: Box, [dx, dy]: Point): Box {
  return [fine(Math.min(1 - w, Math.max(0, x + dx))), fine(Math.min(1 - h, Math.max(0, y + dy))), w, h];
}

/** Wider and higher by so much at its right and lower edge. */
export function grown([x, y, w, h]: Box, [dx, dy]: Point): Box {
  return [x, y, fine(Math.min(1 - x, Math.max(LEAST, w + dx))), fine(Math.min(1 - y, Math.max(LEAST, h + dy)))];
}

/** For who draws without a pointer: in the middle, to be moved by the arrow keys. */
export function ready(): Box {
  return READY;
}
