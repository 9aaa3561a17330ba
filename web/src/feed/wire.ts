/** The words of the feed, as the server writes them. Longitude comes first in every pair; times are ISO 8601 UTC. */
import type * as Words from "./types";

/** Read only all the way down: what the server says is never changed here. */
type Told<T> = T extends object ? { readonly [Name in keyof T]: Told<T[Name]> } : T;

export type Text = Told<Words.Text>;
export type Ward = Told<Words.WardCard>;
export type Incident = Told<Words.IncidentCard>;
export type Happening = Told<Words.EventCard>;
export type Unit = Told<Words.UnitCard>;
export type Kpi = Told<Words.KpiCard>;
export type Seg = Told<Words.SegmentCard>;
export type Cam = Told<Words.CameraCard>;
export type Source = Told<Words.SourceCard>;
export type ModuleHealth = Told<Words.ModuleCard>;
export type Hello = Told<Words.Hello>;
export type Heartbeat = Told<Words.Heartbeat>;
export type Subscribed = Told<Words.Subscribed>;
export type FeedError = Told<Words.FeedError>;

export type LonLat = readonly [lon: number, lat: number];
export type Box = readonly [west: number, south: number, east: number, north: number];

export type Priority = Incident["priority"];
export type Status = Incident["status"];
export type Kind = Incident["kind"];

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

export type UnitKind = Unit["kind"];

export type Level = NonNullable<Seg["level"]>;

export type CamState = Cam["state"];

export type Life = Source["life"];
export type SourceState = Source["state"];

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
