import { signal } from "@preact/signals";
import { second } from "../feed/clock";
import { doubtful } from "../feed/model";
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

/** The newest count of `cam-01/bac/in` or `cam-01/via-he`, however old; null where there never was one. */
export function countOf(kind: "camera.crossings" | "camera.objects", key: string): Count | null {
  return counts.value.get(`${kind}:${key}`) ?? null;
}

/** What is counted in a line (both ways) or zone; empty where one of them never was. */
export function countsOf(camera: string, kind: "lines" | "zones", id: string): readonly Count[] {
  const key = `${camera}/${id}`;
  const found = kind === "zones" ? [countOf("camera.objects", key)] : ["in", "out"].map((way) => countOf("camera.crossings", `${key}/${way}`));
  return found.every((one) => one !== null) ? found.filter((one) => one !== null) : [];
}

/** How long ago the older of them was read, in milliseconds. */
export function ageOf(all: readonly Count[]): number {
  return Math.max(0, second.value - Math.min(...all.map((one) => one.at)));
}

/** Whether they tell nothing of now: too old, or the link to the server is in doubt. */
export function isOld(all: readonly Count[]): boolean {
  return all.length > 0 && (ageOf(all) > OLD_MS || doubtful.value);
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
        // the counts grow old, and say so
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
