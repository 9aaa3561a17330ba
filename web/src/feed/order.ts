import type { Incident, Priority, Unit } from "./wire";

/** The most pressing first: priority, then not yet taken, then the longest waiting. */
export function byUrgency(a: Incident, b: Incident): number {
  return a.priority - b.priority || waiting(a) - waiting(b) || a.opened.localeCompare(b.opened);
}

function waiting(incident: Incident): number {
  return incident.status === "new" ? 0 : 1;
}

export function openOnes(all: readonly Incident[]): Incident[] {
  return all.filter((incident) => incident.status !== "closed").sort(byUrgency);
}

export function countByPriority(open: readonly Incident[]): Record<Priority, number> {
  const counts: Record<Priority, number> = { 1: 0, 2: 0, 3: 0, 4: 0 };
  for (const incident of open) counts[incident.priority] += 1;
  return counts;
}

export function isFree(unit: Unit): boolean {
  return unit.state === "available";
}
