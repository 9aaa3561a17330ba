import { computed, signal } from "@preact/signals";
import { incidents, linkState } from "../feed/model";
import { groupsAmong } from "../cases/groups";
import type { Incident, Kind, LonLat, Priority } from "../feed/wire";
import { me } from "../http/city";
import { folded } from "../i18n/format";
import { givenNumber, titleOf, whereOf } from "../ui/words";
import { predicted } from "./acting";

export type Scope = "open" | "mine" | "closed";

/** What the operator looks at: the row under the cursor, the incident opened, and the filters of the queue. */
export const cursor = signal<string | null>(null);
export const opened = signal<string | null>(null);
export const scope = signal<Scope>("open");
export const kind = signal<Kind | "all">("all");
export const priorities = signal<ReadonlySet<Priority>>(new Set());
export const search = signal("");

/** A place being chosen on the map, and for what. */
export const picking = signal<"locate" | "call" | null>(null);
export const point = signal<LonLat | null>(null);

const CLOSED_SHOWN = 200;
const IDLE_MS = 4_000;

/** The incident as it will be once what was sent is done. */
export function current(id: string | null): Incident | null {
  if (id === null) return null;
  const known = incidents.get(id);
  return known ? predicted(known) : null;
}

export const openIncident = computed(() => current(opened.value));

function fits(incident: Incident): boolean {
  const closed = incident.status === "closed";
  if (scope.value === "closed" ? !closed : closed) return false;
  if (scope.value === "mine" && incident.owner !== me.value?.sign) return false;
  if (kind.value !== "all" && incident.kind !== kind.value) return false;
  if (priorities.value.size > 0 && !priorities.value.has(incident.priority)) return false;
  return matches(incident, folded(search.value.trim()));
}

function matches(incident: Incident, sought: string): boolean {
  if (!sought) return true;
  const words = [`#${incident.number}`, givenNumber(incident), titleOf(incident), whereOf(incident), incident.category];
  const said = folded(words.join(" "));
  return sought.split(/\s+/).every((part) => said.includes(part));
}

/** One entry of the queue: a lead with its open parts beneath, where one of them fits. */
function entry(lead: Incident, parts: readonly Incident[]): string[] {
  const rows = [lead, ...parts.filter((part) => part.status !== "closed")];
  return rows.some(fits) ? rows.map((one) => one.id) : [];
}

/** What the queue would show if it were put in order now. */
const wanted = computed<readonly string[]>(() => {
  const all = incidents.values().map(predicted);
  if (scope.value !== "closed") return groupsAmong(all).flatMap(({ lead, parts }) => entry(lead, parts));
  const newest = all.filter(fits).sort((a, b) => b.updated.localeCompare(a.updated));
  return newest.slice(0, CLOSED_SHOWN).map((incident) => incident.id);
});

/** What the queue shows: rows never move under the cursor, so new ones wait while a person is at it. */
export const shown = signal<readonly string[]>([]);

let touchedAt = -IDLE_MS;

export function touchQueue(): void {
  touchedAt = performance.now();
}

export function putInOrder(): void {
  shown.value = wanted.value;
}

/** New ones that wait behind the pill. */
export const waiting = computed(() => {
  const known = new Set(shown.value);
  return wanted.value.filter((id) => !known.has(id)).length;
});

/** Puts the queue in order unless somebody has just touched it. */
export function putInOrderWhenIdle(): void {
  if (shown.peek().length === 0 || performance.now() - touchedAt > IDLE_MS) putInOrder();
}

export function refilter(change: () => void): void {
  change();
  putInOrder();
}

export function step(by: 1 | -1): void {
  touchQueue();
  const rows = shown.peek();
  const at = rows.indexOf(cursor.peek() ?? "");
  const to = at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by));
  cursor.value = rows[to] ?? null;
}

/** Why nothing may be sent now, or null: what the operator sees must be what is. */
export const locked = computed<"stale" | "connecting" | null>(() => {
  if (linkState.value === "live") return null;
  return linkState.value === "connecting" ? "connecting" : "stale";
});

