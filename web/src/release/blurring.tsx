import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { say, t } from "../i18n/language";
import { between, grown, moved, ready, type Box, type Point } from "./boxes";
import type { Seeing } from "./seeing";

const STEP = 0.01;
const ARROWS: Readonly<Record<string, Point>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The original with the boxes to be blurred, beside what will leave; a person draws more and stands for the result. */
export function Blurring({ original, work }: { original: string; work: Seeing }) {
  const { blur, shown, refused, stands } = work;
  const current = shown.value?.blur === blur.value;
  const change = (boxes: readonly Box[]) => (blur.value = { ...blur.value, boxes });
  return (
    <div class="blurring">
      <div class="blur-pair">
        <figure>
          <figcaption>{t("blur.original")}</figcaption>
          <Drawn
            original={original}
            whole={blur.value.whole}
            boxes={blur.value.boxes}
            add={(box) => change([...blur.peek().boxes, box])}
            put={(index, made) => change(put(blur.peek().boxes, index, made))}
          />
        </figure>
        <figure>
          <figcaption>{current ? t("blur.result") : t("blur.changing")}</figcaption>
          {shown.value ? <img class={current ? "" : "old"} src={shown.value.url} alt={t("blur.result")} data-testid="blurred" /> : <p class="quiet">{t("blur.wait")}</p>}
        </figure>
      </div>
      <p class="quiet">{t("blur.hint")}</p>
      <div class="buttons">
        <button type="button" disabled={blur.value.whole} onClick={() => (blur.value = { ...blur.value, boxes: [...blur.value.boxes, ready()] })}>
          + {t("blur.add")}
        </button>
        <label>
          <input type="checkbox" checked={blur.value.whole} onChange={() => (blur.value = { ...blur.value, whole: !blur.value.whole })} />
          {t("blur.whole")}
        </label>
      </div>
      <p class="wrong" role="alert">
        {refused.value && say(refused.value)}
      </p>
      <label class="stands">
        <input type="checkbox" checked={stands.value} disabled={!current} onChange={() => (stands.value = !stands.value)} data-testid="stands" />
        {t("blur.stands")}
      </label>
    </div>
  );
}

interface Drawing {
  readonly original: string;
  readonly whole: boolean;
  readonly boxes: readonly Box[];
  readonly add: (box: Box) => void;
  /** Puts another box in the place of one; null takes it away. */
  readonly put: (index: number, made: Box | null) => void;
  /** Boxes that may be dropped, but not moved. */
  readonly fixed?: ComponentChildren;
}

/** A picture with its boxes over it; more are drawn with a pointer. */
export function Drawn({ original, whole, boxes, add, put, fixed }: Drawing) {
  const drag = useSignal<readonly [Point, Point] | null>(null);
  const drawing = drag.value && between(...drag.value);
  return (
    <div class={`blur-stage ${whole ? "whole" : ""}`}>
      <img src={original} alt={t("blur.original")} draggable={false} />
      <svg
        viewBox="0 0 1 1"
        preserveAspectRatio="none"
        role="group"
        aria-label={t("blur.boxes")}
        onPointerDown={(event) => {
          if (whole || event.target !== event.currentTarget) return;
          event.preventDefault();
          event.currentTarget.setPointerCapture(event.pointerId);
          const at = shareAt(event, event.currentTarget);
          drag.value = [at, at];
        }}
        onPointerMove={(event) => {
          if (drag.value) drag.value = [drag.value[0], shareAt(event, event.currentTarget)];
        }}
        onPointerUp={() => {
          const box = drag.peek() && between(...(drag.peek() ?? [[0, 0], [0, 0]]));
          drag.value = null;
          if (box) add(box);
        }}
      >
        {!whole && fixed}
        {!whole && boxes.map((box, i) => <OneBox key={i} box={box} index={i} all={boxes.length} put={(made) => put(i, made)} />)}
        {drawing && <rect class="drawing" x={drawing[0]} y={drawing[1]} width={drawing[2]} height={drawing[3]} />}
      </svg>
    </div>
  );
}

function OneBox({ box, index, all, put }: { box: Box; index: number; all: number; put: (made: Box | null) => void }) {
  const onKey = (event: KeyboardEvent) => {
    const way = ARROWS[event.key];
    if (way) put((event.shiftKey ? grown : moved)(box, [way[0] * STEP, way[1] * STEP]));
    else if (event.key === "Delete" || event.key === "Backspace") put(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <rect
      class="box"
      x={box[0]}
      y={box[1]}
      width={box[2]}
      height={box[3]}
      role="button"
      tabindex={0}
      aria-label={t("blur.box", { n: index + 1, all })}
      data-box={index}
      onKeyDown={onKey}
    />
  );
}

/** The list with one of it replaced, or taken away where there is nothing in its place. */
function put<T>(list: readonly T[], index: number, made: T | null): readonly T[] {
  return made === null ? list.filter((_, i) => i !== index) : list.map((one, i) => (i === index ? made : one));
}

function shareAt(event: PointerEvent, within: Element): Point {
  const box = within.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}
