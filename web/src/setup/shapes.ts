import type { CameraRow, CountingLine, Kind, Point } from "./row";

/** Which line, zone or mask: its place in the list, since an id may just be typed. */
export interface Place {
  readonly kind: Kind;
  readonly index: number;
}

const LEAST_POINTS = 3;
const FINE = 1_000;

/** Into the picture, to a thousandth: finer than a pixel of what is looked at. */
export function inside([x, y]: Point): Point {
  const share = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * FINE) / FINE;
  return [share(x), share(y)];
}

export function pointsOf(row: CameraRow, place: Place): readonly Point[] {
  if (place.kind === "lines") {
    const line = row.lines[place.index];
    return line ? [line.start, line.end] : [];
  }
  return row[place.kind][place.index]?.points ?? [];
}

export function withPoints(row: CameraRow, place: Place, points: readonly Point[]): CameraRow {
  const change = <T>(all: readonly T[], made: (one: T) => T) => all.map((one, i) => (i === place.index ? made(one) : one));
  if (place.kind === "lines") {
    const [start, end] = points;
    return start && end ? { ...row, lines: change(row.lines, (one) => ({ ...one, start, end })) } : row;
  }
  if (place.kind === "zones") return { ...row, zones: change(row.zones, (one) => ({ ...one, points })) };
  return { ...row, masks: change(row.masks, (one) => ({ ...one, points })) };
}

export function movePoint(row: CameraRow, place: Place, at: number, to: Point): CameraRow {
  return withPoints(row, place, pointsOf(row, place).map((point, i) => (i === at ? inside(to) : point)));
}

/** Without one point; the whole shape where too few would be left. */
export function withoutPoint(row: CameraRow, place: Place, at: number): CameraRow {
  const left = pointsOf(row, place).filter((_, i) => i !== at);
  return left.length < LEAST_POINTS ? withoutShape(row, place) : withPoints(row, place, left);
}

export function withoutShape(row: CameraRow, place: Place): CameraRow {
  return { ...row, [place.kind]: row[place.kind].filter((_, i) => i !== place.index) };
}

/** One more point, in the middle of the longest edge. */
export function withOneMore(row: CameraRow, place: Place): CameraRow {
  const points = pointsOf(row, place);
  const edges = points.map((from, i) => ({ i, from, to: points[(i + 1) % points.length] ?? from }));
  const long = ({ from, to }: (typeof edges)[number]) => Math.hypot(to[0] - from[0], to[1] - from[1]);
  const longest = edges.reduce<(typeof edges)[number] | null>((best, one) => (best && long(best) >= long(one) ? best : one), null);
  if (!longest) return row;
  const middle = inside([(longest.from[0] + longest.to[0]) / 2, (longest.from[1] + longest.to[1]) / 2]);
  return withPoints(row, place, [...points.slice(0, longest.i + 1), middle, ...points.slice(longest.i + 1)]);
}

/** Where `in` goes: forward as one looks across the line with its start at the left hand. Both points in pixels. */
export function arrow(start: Point, end: Point, length: number): readonly [from: Point, to: Point] {
  const [dx, dy] = [end[0] - start[0], end[1] - start[1]];
  const long = Math.hypot(dx, dy) || 1;
  const from: Point = [(start[0] + end[0]) / 2, (start[1] + end[1]) / 2];
  return [from, [from[0] + (dy / long) * length, from[1] - (dx / long) * length]];
}

export function turned(line: CountingLine): CountingLine {
  return { ...line, start: line.end, end: line.start };
}
