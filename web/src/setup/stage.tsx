import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { second } from "../feed/clock";
import { cams, doubtful } from "../feed/model";
import { lookAt, painter } from "../feed/pictures";
import { span } from "../i18n/format";
import { say, t } from "../i18n/language";
import { Drawing } from "./drawing";
import { pen, shareAt } from "./pen";
import type { Point } from "./row";
import { addShape, editable } from "./store";

const OLD_AFTER_MS = 5_000;
/** A drag shorter than this share of the picture was a tap: a line needs a length. */
const TAP = 0.02;

/** The camera's live picture with what is drawn on it. */
export function Stage({ id }: { id: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const taken = useSignal<number | null>(null);
  const size = useSignal<Point>([640, 360]);
  useEffect(() => {
    taken.value = null;
    return canvas.current ? lookAt(id, painter(canvas.current, (at) => (taken.value = at))) : undefined;
  }, [id]);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) size.value = [entry.contentRect.width, entry.contentRect.height];
    });
    if (canvas.current) watch.observe(canvas.current);
    return () => watch.disconnect();
  }, []);
  const age = taken.value === null ? null : Math.max(0, second.value - taken.value);
  const old = age === null || age > OLD_AFTER_MS || doubtful.value;
  return (
    <>
      <div class={`stage ${old ? "old" : ""} ${pen.value ? "penned" : ""}`} data-camera={id} {...(editable.value ? penEvents() : {})}>
        <canvas ref={canvas} width="640" height="360" aria-hidden="true" />
        <Drawing size={size.value} />
      </div>
      <p class="stage-words">
        <span class="num">{age === null ? t("camera.nopicture") : t("setup.age", { age: span(age) })}</span>
        <State id={id} />
      </p>
    </>
  );
}

function State({ id }: { id: string }) {
  const cam = cams.get(id);
  if (!cam) return <span>{t("camera.unknown")}</span>;
  if (cam.state === "ok") return cam.note ? <span>{say(cam.note)}</span> : null;
  return (
    <span>
      {t(`camera.${cam.state}`)}
      {cam.reason && `: ${say(cam.reason)}`}
    </span>
  );
}

function penEvents() {
  return {
    onPointerDown: (event: PointerEvent & { currentTarget: HTMLElement }) => {
      const now = pen.peek();
      if (!now) return;
      event.preventDefault();
      const at = shareAt(event, event.currentTarget);
      if (now.kind === "lines") event.currentTarget.setPointerCapture(event.pointerId);
      pen.value = { ...now, points: now.kind === "lines" ? [at, at] : [...now.points, at] };
    },
    onPointerMove: (event: PointerEvent & { currentTarget: HTMLElement }) => {
      const now = pen.peek();
      const start = now?.points[0];
      if (now?.kind !== "lines" || !start) return;
      pen.value = { ...now, points: [start, shareAt(event, event.currentTarget)] };
    },
    onPointerUp: () => {
      const now = pen.peek();
      const [start, end] = now?.points ?? [];
      if (now?.kind !== "lines" || !start || !end) return;
      pen.value = Math.hypot(end[0] - start[0], end[1] - start[1]) < TAP ? { ...now, points: [] } : null;
      if (!pen.peek()) addShape("lines", [start, end]);
    },
  };
}

