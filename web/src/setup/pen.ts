import { signal } from "@preact/signals";
import type { Kind, Point } from "./row";
import { inside } from "./shapes";
import { addShape, place } from "./store";

const LEAST_POINTS = 3;

/** What is being drawn: its kind, and the points that stand already. */
export const pen = signal<{ readonly kind: Kind; readonly points: readonly Point[] } | null>(null);

/** Ready shapes for who draws without a pointer: in the middle, to be moved by the arrow keys. */
const READY: Record<Kind, readonly Point[]> = {
  lines: [
    [0.3, 0.6],
    [0.7, 0.6],
  ],
  zones: [
    [0.35, 0.4],
    [0.65, 0.4],
    [0.65, 0.7],
    [0.35, 0.7],
  ],
  masks: [
    [0, 0],
    [0.2, 0],
    [0.2, 0.2],
    [0, 0.2],
  ],
};

export function startPen(kind: Kind, byKeyboard: boolean): void {
  place.value = null;
  pen.value = byKeyboard ? null : { kind, points: [] };
  if (byKeyboard) addShape(kind, READY[kind]);
}

/** The polygon is complete. */
export function endPen(): void {
  const now = pen.peek();
  pen.value = null;
  if (now && now.points.length >= LEAST_POINTS) addShape(now.kind, now.points);
}

/** The share of the picture under a pointer. */
export function shareAt(event: PointerEvent, within: Element): Point {
  const box = within.getBoundingClientRect();
  return inside([(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
}
