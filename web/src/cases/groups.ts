import { computed } from "@preact/signals";
import { incidents } from "../feed/model";
import type { Incident, Priority } from "../feed/wire";

/** Cases that tell of one happening: the one it is named after and those shown beneath it, as far as this screen knows. */
export interface Group {
  readonly lead: Incident;
  /** Oldest first; closed ones still belong to it. */
  readonly parts: readonly Incident[];
  /** The most urgent of those that are open. */
  readonly priority: Priority;
  /** How many of them nobody has taken. */
  readonly untaken: number;
}

/** Every open case that stands on its own, with its parts; the most pressing first. A closed lead leads nothing. */
export function groupsAmong(all: readonly Incident[]): Group[] {
  const open = new Map(all.filter((one) => one.status !== "closed").map((one) => [one.id, one]));
  const beneath = new Map<string, Incident[]>();
  for (const one of all) if (one.lead && open.has(one.lead)) beneath.set(one.lead, [...(beneath.get(one.lead) ?? []), one]);
  const alone = [...open.values()].filter((one) => !one.lead || !open.has(one.lead));
  return alone.map((lead) => grouped(lead, beneath.get(lead.id) ?? [])).sort(byUrgency);
}

function grouped(lead: Incident, parts: readonly Incident[]): Group {
  const working = [lead, ...parts].filter((one) => one.status !== "closed");
  const priority = working.reduce<Priority>((least, one) => (one.priority < least ? one.priority : least), lead.priority);
  return {
    lead,
    parts: [...parts].sort((a, b) => a.number - b.number),
    priority,
    untaken: working.filter((one) => one.status === "new").length,
  };
}

function byUrgency(a: Group, b: Group): number {
  const waiting = (group: Group) => (group.untaken > 0 ? 0 : 1);
  return a.priority - b.priority || waiting(a) - waiting(b) || a.lead.opened.localeCompare(b.lead.opened);
}

/** The open groups of what the feed has brought. */
export const groups = computed<readonly Group[]>(() => groupsAmong(incidents.values()));

/** The open group a case is in, as its lead or as a part. */
export function groupOf(id: string | null): Group | null {
  if (id === null) return null;
  return groups.value.find((group) => group.lead.id === id || group.parts.some((part) => part.id === id)) ?? null;
}

/** The lead as the one sign of its group: as urgent as the gravest of them, and new while one of them is. */
export function signOf(group: Group): Incident {
  return { ...group.lead, priority: group.priority, status: group.untaken > 0 ? "new" : group.lead.status };
}
