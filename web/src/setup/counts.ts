import { signal } from "@preact/signals";
import { serverNow } from "../feed/clock";
import { call } from "../http/call";

interface Series {
  readonly kind: string;
  readonly key: string;
  readonly last_at: string | null;
  readonly last_value: number | null;
}

export interface Count {
  /** The newest reading: of a line what passed in ten seconds, of a zone how many are there. */
  readonly last: number;
  /** Of a line all that passed since it is looked at. */
  readonly total: number;
  readonly at: number;
}

const EVERY_MS = 2_000;
const MOST = 5_000;
/** An older reading tells nothing of now; lines are told every ten seconds. */
const OLD_MS = 30_000;
const SHOWN = new Set(["camera.crossings", "camera.objects"]);

const counts = signal<ReadonlyMap<string, Count>>(new Map());

/** The count of `cam-01/bac/in` or `cam-01/via-he`, while it is fresh. */
export function countOf(kind: "camera.crossings" | "camera.objects", key: string): Count | null {
  const found = counts.value.get(`${kind}:${key}`);
  return found && serverNow() - found.at < OLD_MS ? found : null;
}

/** Follows the readings of one camera until told to stop. */
export function followCounts(camera: string): () => void {
  let on = true;
  counts.value = new Map();
  const look = async () => {
    while (on) {
      try {
        const found = await call<{ series: readonly Series[] }>("GET", `/api/v1/series/list?owner=camera&limit=${MOST}`);
        if (on) take(camera, found.series);
      } catch {
        // the counts grow old and go
      }
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  };
  void look();
  return () => {
    on = false;
  };
}

function take(camera: string, all: readonly Series[]): void {
  const next = new Map(counts.peek());
  for (const one of all) {
    if (!SHOWN.has(one.kind) || !one.key.startsWith(`${camera}/`) || one.last_at === null || one.last_value === null) continue;
    const name = `${one.kind}:${one.key}`;
    const before = next.get(name);
    const at = Date.parse(one.last_at);
    const more = before && before.at !== at ? one.last_value : 0;
    next.set(name, { last: one.last_value, total: (before?.total ?? 0) + more, at });
  }
  counts.value = next;
}
