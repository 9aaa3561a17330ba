import type { CameraRow, Point } from "./row";
import { arrow, pointsOf, type Place } from "./shapes";

export const LETTER_PX = 15;
const GAP_PX = 9;
const LINE_PX = LETTER_PX + 4;
/** Rows further down in which a label looks for room before it gives up and lies over another. */
const ROWS = 8;
const PAD_PX = 4;
const COST_LABEL = 100;
const COST_OWN = 20;
const COST_OTHER = 1;
export const ARROW_PX = 34;

interface Wanted {
  readonly key: string;
  readonly text: string;
  /** Left ends of the baseline, the best first. */
  readonly spots: readonly Point[];
  /** The corners of what it names. */
  readonly names: readonly Point[];
  readonly strokes: readonly Stroke[];
}

type Stroke = readonly [from: Point, to: Point];

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

/** Where each label stands: in the picture, over no other, over nothing of what it names, and over as little else as may be. */
export function placed(labels: readonly Wanted[], size: Point): ReadonlyMap<string, Point> {
  const taken: DOMRectReadOnly[] = [];
  return new Map(
    labels.map((label) => {
      const width = widthOf(label.text);
      const tries = [...label.spots, ...around(label.names, width)].map((spot) => inside(spot, width, size));
      const lower = Array.from({ length: ROWS }, (_, row) => label.spots.map(([x, y]) => inside([x, y + (row + 1) * LINE_PX], width, size))).flat();
      const others = labels.filter((one) => one !== label).flatMap((one) => one.strokes);
      let best: { readonly spot: Point; readonly cost: number } | null = null;
      for (const spot of [...tries, ...lower]) {
        const box = plateAt(spot, width);
        const cost = COST_LABEL * taken.filter((one) => overlap(one, box)).length + (covers(box, label) ? COST_OWN : 0) + COST_OTHER * others.filter((one) => meets(one, box)).length;
        if (!best || cost < best.cost) best = { spot, cost };
        if (cost === 0) break;
      }
      const spot = best?.spot ?? [PAD_PX, LETTER_PX];
      taken.push(plateAt(spot, width));
      return [label.key, spot] as const;
    }),
  );
}

/** Beside every corner and the middle of every edge, on all sides. */
function around(points: readonly Point[], width: number): readonly Point[] {
  const anchors = points.flatMap((one, i) => {
    const next = points[(i + 1) % points.length] ?? one;
    return [one, [(one[0] + next[0]) / 2, (one[1] + next[1]) / 2] as const];
  });
  const far = GAP_PX + PAD_PX;
  return anchors.flatMap(([x, y]): readonly Point[] => {
    const [left, right, over, under] = [x - width - far, x + far, y - far, y + LETTER_PX + far];
    return [[right, over], [left, over], [right, under], [left, under], [right, y + LETTER_PX / 2], [left, y + LETTER_PX / 2], [x - width / 2, over - ARROW_PX], [x - width / 2, under + ARROW_PX]];
  });
}

function inside([x, y]: Point, width: number, size: Point): Point {
  return [Math.max(PAD_PX, Math.min(x, size[0] - width - GAP_PX)), Math.max(LETTER_PX + 1, Math.min(y, size[1] - GAP_PX))];
}

/** The plate under a label. */
export function boxOf(spot: Point, text: string): DOMRectReadOnly {
  return plateAt(spot, widthOf(text));
}

function plateAt([x, y]: Point, width: number): DOMRectReadOnly {
  return new DOMRectReadOnly(x - PAD_PX, y - LETTER_PX, width + 2 * PAD_PX, LINE_PX + 1);
}

function overlap(one: DOMRectReadOnly, other: DOMRectReadOnly): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

/** Whether a label lies over a stroke of what it names, or in the area it names. */
function covers(box: DOMRectReadOnly, label: Wanted): boolean {
  if (label.strokes.some((one) => meets(one, box))) return true;
  return label.names.length > 2 && holds(label.names, [box.x + box.width / 2, box.y + box.height / 2]);
}

/** Whether a stroke passes through a box (the part of it within the box's sides, by Liang and Barsky's clipping). */
function meets([from, to]: Stroke, box: DOMRectReadOnly): boolean {
  let [first, last] = [0, 1];
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  for (const [step, room] of [[-dx, from[0] - box.left], [dx, box.right - from[0]], [-dy, from[1] - box.top], [dy, box.bottom - from[1]]] as const) {
    if (step === 0 && room < 0) return false;
    if (step < 0) first = Math.max(first, room / step);
    if (step > 0) last = Math.min(last, room / step);
  }
  return first <= last;
}

/** Whether a point lies in a polygon (even-odd rule). */
function holds(points: readonly Point[], [x, y]: Point): boolean {
  return points.reduce((found, [x1, y1], i) => {
    const [x2, y2] = points[(i + 1) % points.length] ?? [x1, y1];
    return y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1 ? !found : found;
  }, false);
}

/** All that is drawn of a shape: its edges, and of a line its arrow. */
export function strokesOf(row: CameraRow, at: Place, to: (point: Point) => Point): readonly Stroke[] {
  const points = pointsOf(row, at).map(to);
  const [start, end] = points;
  if (!start || !end) return [];
  if (at.kind === "lines") return [[start, end], arrow(start, end, ARROW_PX)];
  return points.map((one, i) => [one, points[(i + 1) % points.length] ?? one] as const);
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
