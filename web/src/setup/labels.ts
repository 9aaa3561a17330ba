import type { CameraRow, Point } from "./row";
import { arrow, pointsOf, type Place } from "./shapes";

export const LETTER_PX = 15;
const GAP_PX = 7;
const LINE_PX = LETTER_PX + 4;
/** Rows further down in which a label looks for room before it gives up and lies over another. */
const ROWS = 8;
export const ARROW_PX = 34;

interface Wanted {
  readonly key: string;
  readonly text: string;
  /** Left ends of the baseline, the best first. */
  readonly spots: readonly Point[];
}

let pen: CanvasRenderingContext2D | null = null;

function widthOf(text: string): number {
  pen ??= document.createElement("canvas").getContext("2d");
  if (!pen) return text.length * LETTER_PX * 0.6;
  pen.font = `600 ${LETTER_PX}px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width;
}

export function keyOf(at: Place): string {
  return `${at.kind}-${at.index}`;
}

/** Where each label stands so that none lies over another and none leaves the picture. */
export function placed(labels: readonly Wanted[], size: Point): ReadonlyMap<string, Point> {
  const taken: DOMRectReadOnly[] = [];
  return new Map(
    labels.map(({ key, text, spots }) => {
      const width = widthOf(text);
      const tries = spots.map((spot) => inside(spot, width, size));
      const lower = Array.from({ length: ROWS }, (_, row) => tries.map(([x, y]) => inside([x, y + (row + 1) * LINE_PX], width, size))).flat();
      const [x, y] = [...tries, ...lower].find((spot) => !taken.some((box) => overlap(box, boxOf(spot, width)))) ?? tries[0] ?? [0, LETTER_PX];
      taken.push(boxOf([x, y], width));
      return [key, [x, y]] as const;
    }),
  );
}

function inside([x, y]: Point, width: number, size: Point): Point {
  return [Math.max(0, Math.min(x, size[0] - width - GAP_PX)), Math.max(LETTER_PX, Math.min(y, size[1] - GAP_PX))];
}

function boxOf([x, y]: Point, width: number): DOMRectReadOnly {
  return new DOMRectReadOnly(x, y - LETTER_PX, width, LINE_PX);
}

function overlap(one: DOMRectReadOnly, other: DOMRectReadOnly): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

/** Of an area over its highest corner, else under its lowest; of a line at an end, on the side where the arrow is not. */
export function spotsOf(row: CameraRow, at: Place, to: (point: Point) => Point): readonly Point[] {
  const points = pointsOf(row, at).map(to);
  const [start = [0, 0], end = [0, 0]] = points;
  return at.kind === "lines" ? ofLine(start, end) : ofArea(points, start);
}

function ofLine(start: Point, end: Point): readonly Point[] {
  const [from, tip] = arrow(start, end, ARROW_PX);
  const [left, right] = start[0] < end[0] ? [start, end] : [end, start];
  const under = tip[1] < from[1];
  const spot = ([x, y]: Point, below: boolean): Point => [x + GAP_PX, below ? y + LETTER_PX + GAP_PX : y - GAP_PX];
  return [spot(left, under), spot(right, under), spot(left, !under), spot(right, !under)];
}

function ofArea(points: readonly Point[], start: Point): readonly Point[] {
  const highest = points.reduce((best, one) => (one[1] < best[1] ? one : best), start);
  const lowest = points.reduce((best, one) => (one[1] > best[1] ? one : best), start);
  return [
    [highest[0] + GAP_PX, highest[1] - GAP_PX],
    [lowest[0] + GAP_PX, lowest[1] + LETTER_PX + GAP_PX],
    [highest[0] + GAP_PX, highest[1] + LETTER_PX + GAP_PX],
  ];
}
