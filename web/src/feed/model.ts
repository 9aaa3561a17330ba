import { batch, computed, signal } from "@preact/signals";
import { Keyed } from "./keyed";
import { Link, type LinkState } from "./link";
import { takePicture } from "./pictures";
import type { Cam, Frame, Happening, Incident, Kpi, ModuleHealth, Row, Seg, Source, Topic, Unit, Wanted } from "./wire";

const PUBLISH_EVERY_MS = 100;
const TREND_POINTS = 60;

export const incidents = new Keyed<Incident>(2_000, (incident) => incident.status === "closed");
export const happenings = new Keyed<Happening>(200);
export const units = new Keyed<Unit>(5_000);
export const kpis = new Keyed<Kpi>(500);
export const modules = new Keyed<ModuleHealth>(100);
export const segs = new Keyed<Seg>(5_000);
export const cams = new Keyed<Cam>(1_000);
export const sources = new Keyed<Source>(5_000);

/** When each module's word was last received, in milliseconds of `performance.now()`. */
export const heardModule = new Map<string, number>();

/** The last values of each indicator, oldest first, at most sixty each. */
const trends = new Map<string, number[]>();

const stores = {
  incident: incidents,
  event: happenings,
  unit: units,
  kpi: kpis,
  module: modules,
  seg: segs,
  cam: cams,
  source: sources,
} as const;

/** Set while the page shows what it must not be trusted for: tests and styles read it from `<body data-state>`. */
export const linkState = signal<LinkState>("connecting");
export const silenceMs = signal(0);

/** True when values on the screen may be old: they keep their place but not their authority. */
export const doubtful = computed(() => linkState.value === "stale" || linkState.value === "lost");

/** The server's own trend of an indicator, else what this page has heard of it. */
export function trend(key: string): readonly number[] {
  const told = kpis.get(key)?.trend;
  return told && told.length > 0 ? told : (trends.get(key) ?? []);
}

/** Joins a link to the model and to the page. Call once. */
export function connect(topics: readonly Wanted[], token?: string | null): Link {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const link = new Link({
    url: `${scheme}//${location.host}/feed`,
    topics,
    token: token ?? null,
    onFrame: apply,
    onPicture: takePicture,
  });
  link.state.subscribe((state) => {
    linkState.value = state;
    document.body.dataset.state = state;
  });
  link.silence.subscribe((ms) => {
    silenceMs.value = ms;
  });
  setInterval(publish, PUBLISH_EVERY_MS);
  link.start();
  return link;
}

function apply(frame: Frame): void {
  switch (frame.t) {
    case "sys.subscribed":
      for (const name of heardModule.keys()) heardModule.set(name, performance.now()); // none could be heard before
      break;
    case "incident":
    case "event":
    case "unit":
    case "kpi":
    case "module":
    case "seg":
    case "cam":
    case "source":
      if (frame.op === "snap") replaceAll(frame.t, frame.d);
      else if (frame.op === "del") stores[frame.t].delete(frame.k);
      else putOne(frame.t, frame.k, frame.ts, frame.d);
  }
}

function replaceAll(topic: Topic, rows: readonly Row[]): void {
  const store = stores[topic] as Keyed<unknown>;
  store.replace(rows.map((row) => [row.k, row.ts, row.d] as const));
  for (const row of rows) remember(topic, row.k, row.d);
}

function putOne(topic: Topic, key: string, ts: string, d: unknown): void {
  const store = stores[topic] as Keyed<unknown>;
  if (store.put(key, ts, d)) remember(topic, key, d);
}

function remember(topic: Topic, key: string, d: unknown): void {
  if (topic === "module") heardModule.set(key, performance.now());
  if (topic === "kpi") rememberTrend(key, (d as Kpi).value);
}

function rememberTrend(key: string, value: number | null): void {
  if (value === null) return;
  const points = trends.get(key) ?? [];
  points.push(value);
  if (points.length > TREND_POINTS) points.shift();
  trends.set(key, points);
}

function publish(): void {
  batch(() => {
    for (const store of Object.values(stores)) store.publish();
  });
}
