import { cursor, opened, picking, point, putInOrder, step } from "./choice";
import { leave } from "./calls";
import { sceneByKey } from "../map/layers";
import { box, look, runByKey, takingCall } from "./commands";
import { toggleMap } from "./panes";
import { looks } from "./patrols";

function open(): void {
  look(cursor.peek());
}

/** Esc goes back one step: box, choosing a place, call form, opened incident. */
function back(): void {
  if (box.peek()) box.value = null;
  else if (picking.peek() === "locate") [picking.value, point.value] = [null, null];
  else if (takingCall.peek()) leave();
  else opened.value = null;
}

const KEYS: Record<string, () => void> = {
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  Enter: open,
  ".": putInOrder,
  "/": () => document.getElementById("search")?.focus(),
  "?": () => (box.value = "help"),
  c: () => (takingCall.value = true),
  m: toggleMap,
  s: () => (box.value = "sources"),
  t: () => {
    if (looks.peek()) box.value = "patrols";
  },
};

const OWN_KEYS = "input, textarea, select, button, a, [contenteditable], .maplibregl-canvas";

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select");
}

/** Keys of the console; off while typing, and never taken from a control that has its own use for them. */
export function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") {
    if (typing(event.target)) (event.target as HTMLElement).blur();
    else back();
    return;
  }
  if (typing(event.target) || box.peek()) return;
  const control = event.target instanceof HTMLElement && event.target.matches(OWN_KEYS);
  if (control && /^(Enter|Arrow)/.test(event.key)) return;
  const run = KEYS[event.key];
  if (run) run();
  else if (!sceneByKey(event.key) && !runByKey(event.key)) return;
  event.preventDefault();
}
