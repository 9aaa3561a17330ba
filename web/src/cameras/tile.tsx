import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { second } from "../feed/clock";
import { cams, doubtful } from "../feed/model";
import { lookAt, painter } from "../feed/pictures";
import type { Cam } from "../feed/wire";
import { shortTime, span } from "../i18n/format";
import { say, t } from "../i18n/language";

/** A picture older than this is dimmed; the usual rate is one a second. */
const OLD_AFTER_MS = 5_000;

export interface CameraTileProps {
  readonly id: string;
  readonly big?: boolean;
  /** Whether there is room for the reason why nothing is seen. */
  readonly why?: boolean;
  readonly onPick?: (id: string) => void;
}

/** A camera's newest picture with its name, its state and the age of what is seen. */
export function CameraTile({ id, big = false, why = big, onPick }: CameraTileProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const taken = useSignal<number | null>(null);
  useEffect(() => {
    taken.value = null;
    return canvas.current ? lookAt(id, painter(canvas.current, (at) => (taken.value = at))) : undefined;
  }, [id]);
  const cam = cams.get(id);
  const age = taken.value === null ? null : Math.max(0, second.value - taken.value);
  const old = age === null || age > OLD_AFTER_MS || doubtful.value || (cam !== undefined && cam.state !== "ok");
  const face = (
    <>
      <canvas ref={canvas} width="320" height="180" aria-hidden="true" hidden={taken.value === null} />
      <span class="tile-top">
        <span class="tile-age num">{age !== null && span(age)}</span>
        {cam?.simulated && <span class="tile-mark">{t("camera.simulated")}</span>}
      </span>
      <span class="tile-state">
        {trouble(cam, age)}
        {why && cam?.reason && cam.state !== "ok" && <span class="tile-why">{say(cam.reason)}</span>}
        {cam?.note && cam.state === "ok" && <span class="tile-why">{say(cam.note)}</span>}
      </span>
      <span class="tile-name">{cam?.name ?? id}</span>
    </>
  );
  const marks = `tile ${old ? "old" : ""} ${big ? "big" : ""} ${cam?.state ?? "unknown"}`;
  return onPick ? (
    <button type="button" class={marks} data-camera={id} onClick={() => onPick(id)}>
      {face}
    </button>
  ) : (
    <div class={marks} data-camera={id}>
      {face}
    </div>
  );
}

/** What is wrong in words, since when; nothing while pictures come. */
function trouble(cam: Cam | undefined, age: number | null): string {
  if (!cam) return t("camera.unknown");
  if (cam.state === "starting") return t("camera.starting");
  if (cam.state !== "ok") {
    return cam.since ? t("camera.since", { state: t(`camera.${cam.state}`), time: shortTime(cam.since) }) : t(`camera.${cam.state}`);
  }
  return age === null ? t("camera.nopicture") : "";
}
