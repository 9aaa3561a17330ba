/** The words of the feed, as the server writes them. Longitude comes first in every pair; times are ISO 8601 UTC. */

export interface Text {
  readonly vi: string;
  readonly en: string;
}

export type LonLat = readonly [lon: number, lat: number];
export type Box = readonly [west: number, south: number, east: number, north: number];

export interface Ward {
  readonly code: string;
  readonly name: string;
  readonly valid_from: string;
  readonly approximate: boolean;
}

export type Priority = 1 | 2 | 3 | 4;
export type Status = "new" | "taken" | "assigned" | "closed";
export type Kind = "call" | "report" | "event";

export interface RecommendedUnit {
  readonly id: string;
  readonly name: string;
  readonly distance_m: number;
  readonly eta_min: number;
  readonly reason: Text;
  readonly state: string;
  readonly uncertain?: boolean;
}

export interface Recommendation {
  readonly units: readonly RecommendedUnit[];
  readonly mode: "mirror" | "recommend" | "dispatch";
  readonly basis: string;
  readonly label: Text;
  readonly note?: Text;
}

export interface Incident {
  readonly id: string;
  readonly number: number;
  readonly kind: Kind;
  readonly status: Status;
  readonly priority: Priority;
  readonly severity: number;
  readonly title: Text;
  readonly category: string;
  readonly module: string;
  readonly lonlat: LonLat | null;
  readonly place: string | null;
  readonly ward: Ward | null;
  readonly opened: string;
  readonly due: string | null;
  readonly owner: string | null;
  readonly assignee: string | null;
  readonly outcome: string | null;
  readonly simulated: boolean;
  readonly exercise: boolean;
  readonly version: number;
  readonly correlation: string;
  readonly source: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly updated: string;
}

export interface Happening {
  readonly id: string;
  readonly type: string;
  readonly module: string;
  readonly severity: number;
  readonly title: Text;
  readonly lonlat: LonLat | null;
  readonly ward: Ward | null;
  readonly place: string | null;
  readonly time: string;
  readonly simulated: boolean;
  readonly correlation: string;
}

export type UnitKind = "police" | "fire" | "ambulance" | "crew";

export interface Unit {
  readonly id: string;
  readonly name: string;
  readonly kind: UnitKind;
  readonly service: string;
  readonly state: string;
  readonly lonlat: LonLat | null;
  readonly hdg: number | null;
  readonly spd: number | null;
  readonly fix_ts: string | null;
  readonly task: string | null;
  readonly simulated: boolean;
}

export interface Kpi {
  readonly module: string;
  readonly name: Text;
  readonly value: number | null;
  readonly unit: string;
  readonly at: string;
  readonly simulated: boolean;
  readonly reason?: Text;
  /** The band a value should stay in; a value outside it is said in words and by a shape. */
  readonly limit_lo?: number | null;
  readonly limit_hi?: number | null;
  /** The last values, oldest first, at most sixty. */
  readonly trend?: readonly number[];
}

export type Level = "A" | "B" | "C" | "D" | "E" | "F";

/** A stretch of road now. Speeds are km/h; `usual` is the speed usual at this hour. */
export interface Seg {
  readonly id: string;
  readonly name: string;
  readonly module: string;
  readonly speed: number | null;
  readonly usual: number | null;
  readonly free_flow: number | null;
  readonly level: Level | null;
  /** Travel time as a multiple of that of free flow. */
  readonly tti: number | null;
  /** Volume as a share of capacity. */
  readonly vc: number | null;
  readonly pcu_h: number | null;
  readonly delay_s: number | null;
  readonly queue_m: number | null;
  readonly trend: readonly number[];
  readonly quality: string | null;
  /** Clearly slower than usual for this hour. */
  readonly unusual: boolean;
  readonly incident: boolean;
  /** When it was measured last; null when nobody ever did. */
  readonly at: string | null;
  readonly simulated: boolean;
}

export type CamState = "starting" | "ok" | "lost" | "frozen" | "black" | "covered" | "moved";

export interface Cam {
  readonly id: string;
  readonly name: string;
  readonly lonlat: LonLat | null;
  /** Where it looks, degrees clockwise from north. */
  readonly heading: number | null;
  readonly state: CamState;
  readonly since: string | null;
  readonly fps: number | null;
  readonly last_frame: string | null;
  /** Why there is no picture. */
  readonly reason?: Text | null;
  readonly segment: string | null;
  readonly simulated: boolean;
  readonly module: string;
}

export type Life = "commissioning" | "live" | "maintenance";
export type SourceState = "waiting" | "live" | "late" | "silent" | "unavailable" | "unknown";

/** Something a module listens to. Times are null until it has spoken. */
export interface Source {
  readonly id: string;
  readonly module: string;
  readonly key: string;
  readonly name: string;
  readonly kind: string;
  readonly life: Life;
  readonly state: SourceState;
  readonly since: string | null;
  readonly last_at: string | null;
  readonly period_s: number | null;
  readonly rate_per_min: number | null;
  readonly good_share: number | null;
  readonly clock_off_s: number | null;
  readonly reason: Text | null;
  readonly lonlat: LonLat | null;
  readonly simulated: boolean;
}

export interface ModuleHealth {
  readonly state: "starting" | "live" | "failed" | "stopped";
  readonly since: string | null;
  readonly age_s: number | null;
  readonly detail: Text | null;
  readonly events: number;
  readonly lag: number;
}

/** What each topic carries. */
export interface Topics {
  incident: Incident;
  event: Happening;
  unit: Unit;
  kpi: Kpi;
  module: ModuleHealth;
  seg: Seg;
  cam: Cam;
  source: Source;
}

export type Topic = keyof Topics;

/** What may be subscribed to; pictures come as binary messages of their own. */
export type Wanted = Topic | "frame";

export interface Hello {
  readonly now: string;
  readonly build: string;
  readonly epoch: string;
  readonly city: string;
  readonly demo: boolean;
  readonly simulated: boolean;
}

export interface Heartbeat {
  readonly now: string;
  readonly build: string;
  readonly epoch: string;
  readonly upto: number;
}

export interface Subscribed {
  readonly recovered: boolean;
  readonly epoch: string;
  readonly upto: number;
}

export interface FeedError {
  readonly code: string;
  readonly vi: string;
  readonly en: string;
}

export interface Row {
  readonly k: string;
  readonly ts: string;
  readonly d: unknown;
}

/** A frame after reading; `d` of a change is trusted only by its topic's reader. */
export type Frame =
  | { readonly t: "sys.hello"; readonly d: Hello }
  | { readonly t: "sys.subscribed"; readonly d: Subscribed }
  | { readonly t: "sys.hb"; readonly d: Heartbeat }
  | { readonly t: "sys.lag"; readonly d: { readonly dropped: number } }
  | { readonly t: "sys.error"; readonly d: FeedError }
  | { readonly t: Topic; readonly op: "snap"; readonly d: readonly Row[] }
  | { readonly t: Topic; readonly op: "put"; readonly k: string; readonly ts: string; readonly d: unknown }
  | { readonly t: Topic; readonly op: "del"; readonly k: string; readonly ts: string };

const TOPICS: ReadonlySet<string> = new Set<Topic>([
  "incident",
  "event",
  "unit",
  "kpi",
  "module",
  "seg",
  "cam",
  "source",
]);
const SYSTEM: ReadonlySet<string> = new Set(["sys.hello", "sys.subscribed", "sys.hb", "sys.lag", "sys.error"]);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The frame of a text, or null for one this build does not know (a newer server may say more). */
export function readFrame(text: string): Frame | null {
  const raw: unknown = JSON.parse(text);
  if (!isObject(raw) || typeof raw.t !== "string") return null;
  if (SYSTEM.has(raw.t)) return isObject(raw.d) ? (raw as unknown as Frame) : null;
  if (!TOPICS.has(raw.t)) return null;
  if (raw.op === "snap") return Array.isArray(raw.d) ? (raw as unknown as Frame) : null;
  if (typeof raw.k !== "string") return null;
  if (raw.op === "del" || (raw.op === "put" && isObject(raw.d))) return raw as unknown as Frame;
  return null;
}
