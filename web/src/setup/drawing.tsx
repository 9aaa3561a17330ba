import { useEffect, useRef } from "preact/hooks";
import { span } from "../i18n/format";
import { t } from "../i18n/language";
import { ageOf, countsOf, isOld, runs, tallyOf } from "./counts";
import { ARROW_PX, boxOf, keyOf, placed, spotsOf, strokesOf } from "./labels";
import type { CameraRow, Kind, Point } from "./row";
import { arrow, movePoint, pointsOf, withOneMore, withoutPoint, type Place } from "./shapes";
import { pen, shareAt } from "./pen";
import { change, draft, editable, place, removeShape, wrongAt } from "./store";

const KINDS: readonly Kind[] = ["masks", "zones", "lines"];
const HIT_PX = 22;
const DOT_PX = 8;
const STEP = 0.01;
const LEAP = 0.05;
const ARROWS: Readonly<Record<string, Point>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

type ToPixels = (point: Point) => Point;

/** Lines, zones and masks over the picture, in pixels of the screen. */
export function Drawing({ size }: { size: Point }) {
  const row = draft.value?.row;
  const to: ToPixels = ([x, y]) => [x * size[0], y * size[1]];
  const all = row ? KINDS.flatMap((kind) => row[kind].map((_, index): Place => ({ kind, index }))) : [];
  return (
    <svg class="drawing" viewBox={`0 0 ${size[0]} ${size[1]}`} role="group" aria-label={t("setup.drawing")}>
      <defs>
        <marker id="head" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="5" markerHeight="5" orient="auto-start-reverse">
          <path d="M0 0 8 4 0 8z" class="head" />
        </marker>
      </defs>
      {row && all.map((at) => <Shape key={keyOf(at)} row={row} at={at} to={to} />)}
      {row && <Labels row={row} all={all} to={to} size={size} />}
      {row && place.value && editable.value && <Handles row={row} at={place.value} to={to} />}
      {pen.value && <polyline class="pen" points={pen.value.points.map((point) => to(point).join()).join(" ")} />}
      {pen.value?.points.map((point, i) => <circle key={i} class="dot" cx={to(point)[0]} cy={to(point)[1]} r={DOT_PX / 2} />)}
    </svg>
  );
}

function same(one: Place | null, other: Place): boolean {
  return one !== null && one.kind === other.kind && one.index === other.index;
}

function Shape({ row, at, to }: { row: CameraRow; at: Place; to: ToPixels }) {
  const points = pointsOf(row, at).map(to);
  const id = row[at.kind][at.index]?.id ?? "";
  const marks = `shape ${at.kind} ${same(place.value, at) ? "chosen" : ""} ${wrongAt(`${at.kind}[${id}]`).length ? "wrong" : ""}`;
  const pick = () => {
    if (!pen.peek()) place.value = at;
  };
  const written = points.map((point) => point.join()).join(" ");
  return (
    <g class={marks} data-shape={id} onPointerDown={pick}>
      {at.kind === "lines" ? (
        <>
          <polyline class="casing" points={written} />
          <polyline class="stroke" points={written} />
          <InArrow points={points} />
        </>
      ) : (
        <polygon class="area" points={written} />
      )}
    </g>
  );
}

/** Where `in` goes. */
function InArrow({ points }: { points: readonly Point[] }) {
  const [start, end] = points;
  if (!start || !end) return null;
  const [from, tip] = arrow(start, end, ARROW_PX);
  return <line class="arrow" x1={from[0]} y1={from[1]} x2={tip[0]} y2={tip[1]} marker-end="url(#head)" />;
}

/** Names and counts above all shapes, none over another, and none over what it names where there is room beside. */
function Labels({ row, all, to, size }: { row: CameraRow; all: readonly Place[]; to: ToPixels; size: Point }) {
  const named = all.filter((at) => at.kind !== "masks");
  const wanted = named.map((at) => ({ key: keyOf(at), text: labelOf(row, at), spots: spotsOf(row, at, to), names: pointsOf(row, at).map(to), strokes: strokesOf(row, at, to) }));
  const spots = placed(wanted, size);
  return (
    <>
      {named.map((at) => {
        const [x, y] = spots.get(keyOf(at)) ?? [0, 0];
        const plate = boxOf([x, y], labelOf(row, at));
        return (
          <g key={keyOf(at)}>
            <rect class="plate" x={plate.x} y={plate.y} width={plate.width} height={plate.height} rx="3" />
            <text class={`label ${oldAt(row, at) ? "old" : ""}`} data-label={row[at.kind][at.index]?.id} x={x} y={y}>
              {labelOf(row, at)}
            </text>
          </g>
        );
      })}
    </>
  );
}

function counted(row: CameraRow, at: Place) {
  return at.kind === "masks" ? [] : countsOf(row.id, at.kind, row[at.kind][at.index]?.id ?? "");
}

function tallied(row: CameraRow, at: Place) {
  return at.kind === "lines" && runs(row.id) ? tallyOf(row.lines[at.index]?.id ?? "") : null;
}

function oldAt(row: CameraRow, at: Place): boolean {
  return !tallied(row, at) && isOld(counted(row, at));
}

/** The name, what is counted, and how old that is once it says nothing of now. */
function labelOf(row: CameraRow, at: Place): string {
  const id = row[at.kind][at.index]?.id ?? "";
  const name = at.kind === "zones" ? (row.zones[at.index]?.name ?? id) : id;
  const passed = tallied(row, at);
  if (passed) return `${name} · ${t("setup.line.short", { in: passed[0], out: passed[1] })}`;
  const found = counted(row, at);
  const [first, other] = found;
  if (!first) return name;
  const figures = other ? t("setup.line.short", { in: first.last, out: other.last }) : String(first.last);
  return `${name} · ${figures}${isOld(found) ? ` (${t("setup.counted", { age: span(ageOf(found)) })})` : ""}`;
}

function Handles({ row, at, to }: { row: CameraRow; at: Place; to: ToPixels }) {
  const points = pointsOf(row, at);
  return (
    <g>
      {points.map((point, index) => (
        <Handle key={index} index={index} count={points.length} point={to(point)} at={at} />
      ))}
    </g>
  );
}

function Handle({ index, count, point, at }: { index: number; count: number; point: Point; at: Place }) {
  const mark = useRef<SVGGElement>(null);
  useEffect(() => {
    if (index === 0) mark.current?.focus({ preventScroll: true });
  }, [at.kind, at.index]);
  const move = (made: (row: CameraRow) => CameraRow) => {
    const row = draft.peek()?.row;
    if (row) change(made(row));
  };
  return (
    <g
      ref={mark}
      class="handle"
      role="button"
      tabindex={0}
      aria-label={t("setup.point", { n: index + 1, all: count })}
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        const svg = event.currentTarget.ownerSVGElement;
        if (svg && event.currentTarget.hasPointerCapture(event.pointerId)) move((row) => movePoint(row, at, index, shareAt(event, svg)));
      }}
      onKeyDown={(event) => onKey(event, at, index, move)}
    >
      <circle class="hit" cx={point[0]} cy={point[1]} r={HIT_PX} />
      <circle class="dot" cx={point[0]} cy={point[1]} r={DOT_PX} />
    </g>
  );
}

function onKey(event: KeyboardEvent, at: Place, index: number, move: (made: (row: CameraRow) => CameraRow) => void): void {
  const way = ARROWS[event.key];
  const step = event.shiftKey ? LEAP : STEP;
  if (way) {
    move((row) => {
      const [x, y] = pointsOf(row, at)[index] ?? [0, 0];
      return movePoint(row, at, index, [x + way[0] * step, y + way[1] * step]);
    });
  } else if (event.key === "Delete" || event.key === "Backspace") {
    const row = draft.peek()?.row;
    if (row && pointsOf(row, at).length <= 3) removeShape(at);
    else move((one) => withoutPoint(one, at, index));
  } else if (event.key === "Insert" && at.kind !== "lines") move((row) => withOneMore(row, at));
  else if (event.key === "Escape") place.value = null;
  else return;
  event.preventDefault();
}
