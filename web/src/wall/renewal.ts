import { effect } from "@preact/signals";
import type { Link } from "../feed/link";
import { incidents } from "../feed/model";
import { openOnes } from "../feed/order";

const SPREAD_MS = 20_000;
const LOOK_AGAIN_MS = 5_000;

/** Loads the page anew when the server runs another build, in a moment without an untaken P1. */
export function reloadOnNewBuild(link: Link): void {
  let planned = false;
  effect(() => {
    if (!link.outdated.value || planned) return;
    planned = true;
    setTimeout(reloadWhenQuiet, Math.random() * SPREAD_MS);
  });
}

function reloadWhenQuiet(): void {
  const top = openOnes(incidents.values())[0];
  if (top && top.priority === 1 && top.status === "new") setTimeout(reloadWhenQuiet, LOOK_AGAIN_MS);
  else location.reload();
}
