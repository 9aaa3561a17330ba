import { effect, signal } from "@preact/signals";
import { second } from "../feed/clock";
import { cams, doubtful } from "../feed/model";
import type { Cam } from "../feed/wire";
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
  readonly at: number;
}

const EVERY_MS = 2_000;
const MOST = 5_000;
/** An older reading tells nothing of now; lines are told every ten seconds. */
const OLD_MS = 30_000;
/** A camera that is watched says every five seconds how it is. */
const SILENT_MS = 15_000;
const SHOWN = new Set(["camera.crossings", "camera.objects"]);

const counts = signal<ReadonlyMap<string, Count>>(new Map());

type Passed = NonNullable<Cam["passed"]>;
type Ways = readonly [came: number, went: number];

/** By line what has passed since the camera was opened here, in and out. */
const tally = signal<ReadonlyMap<string, Ways>>(new Map());

/** What has passed a line since the camera was opened here, told at each crossing; null while nothing was told yet. */
export function tallyOf(line: string): Ways | null {
  return tally.value.get(line) ?? null;
}

/** Whether the tally runs: the camera sees, and has said so just now. */
export function runs(camera: string): boolean {
  const cam = cams.get(camera);
  const looked = cam?.last_frame ? Date.parse(cam.last_frame) : 0;
  return cam?.state === "ok" && second.value - looked < SILENT_MS && !doubtful.value;
}

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

/** Follows the readings of one camera, and what passes its lines, until told to stop. */
export function followCounts(camera: string): () => void {
  let on = true;
  counts.value = new Map();
  const end = followTally(camera);
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
    end();
  };
}

/** The server's own tally runs on for ever; what it was when the camera was opened here is taken off. */
function followTally(camera: string): () => void {
  let before: Passed | null = null;
  tally.value = new Map();
  return effect(() => {
    const told = cams.get(camera)?.passed;
    if (!told) return;
    const sums = tally.peek();
    tally.value = new Map(Object.entries(told.lines).map(([line, now]) => [line, added(sums.get(line), before ? moreAt(line, now, told, before) : [0, 0])]));
    before = told;
  });
}

/** What is new at a line. A tally that began again, or a line that is new, began with nothing. */
function moreAt(line: string, now: Ways, told: Passed, before: Passed): Ways {
  const was = told.since === before.since ? (before.lines[line] ?? [0, 0]) : [0, 0];
  return now[0] < was[0] || now[1] < was[1] ? now : [now[0] - was[0], now[1] - was[1]];
}

function added(sum: Ways = [0, 0], more: Ways): Ways {
  return [sum[0] + more[0], sum[1] + more[1]];
}

function take(camera: string, all: readonly Series[]): void {
  const next = new Map(counts.peek());
  for (const one of all) {
    if (!SHOWN.has(one.kind) || !one.key.startsWith(`${camera}/`) || one.last_at === null || one.last_value === null) continue;
    next.set(`${one.kind}:${one.key}`, { last: one.last_value, at: Date.parse(one.last_at) });
  }
  counts.value = next;
}
