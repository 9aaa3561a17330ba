import { effect, signal } from "@preact/signals";
import { t } from "../i18n/language";
import { opened, picking } from "./choice";
import { takingCall } from "./commands";

export type Pane = "detail" | "map";

const PANES: readonly Pane[] = ["detail", "map"];

/** Which of the two is seen where a small screen has one place for both; a wide screen shows both. */
export const pane = signal<Pane>("detail");

/** The map comes to the front to locate on it; what was opened, or a call being taken, comes before it. */
export function followPanes(): () => void {
  const stops = [
    effect(() => {
      if (opened.value || takingCall.value) pane.value = "detail";
    }),
    effect(() => {
      pane.value = picking.value === "locate" ? "map" : "detail";
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Brings the map to the front and gives it the keyboard (arrows, + and -); once more gives it back. */
export function toggleMap(): void {
  const canvas = document.querySelector<HTMLElement>(".maplibregl-canvas");
  const back = canvas !== null && document.activeElement === canvas;
  pane.value = back ? "detail" : "map";
  if (back) canvas?.blur();
  else requestAnimationFrame(() => canvas?.focus());
}

/** Only on a small screen: details or map. */
export function PaneTabs() {
  return (
    <div class="panes" role="group" aria-label={t("panes.label")}>
      {PANES.map((one) => (
        <button key={one} type="button" aria-pressed={pane.value === one} data-pane={one} onClick={() => (pane.value = one)}>
          {t(`panes.${one}`)} {one === "map" && <kbd>M</kbd>}
        </button>
      ))}
    </div>
  );
}
