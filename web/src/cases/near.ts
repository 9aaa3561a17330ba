import { groupOf } from "./groups";
import { happenings, incidents } from "../feed/model";
import type { Incident, LonLat } from "../feed/wire";
import { metres } from "../map/metres";
import { storiesOf } from "./facts";

/** What is so near in place and time may be about the same; a person decides whether it is. */
const NEAR_M = 500;
const NEAR_MS = 45 * 60_000;

/** How many others speak of the same place at the same time. */
export interface Neighbours {
  readonly calls: number;
  readonly reports: number;
  readonly events: number;
  readonly stories: number;
  readonly posts: number;
}

function near(incident: Incident, at: LonLat | null, time: string): boolean {
  if (!incident.lonlat || !at) return false;
  const apart = Math.abs(Date.parse(time) - Date.parse(incident.opened));
  return apart <= NEAR_MS && metres(incident.lonlat, at) <= NEAR_M;
}

export function neighboursOf(incident: Incident): Neighbours {
  const group = groupOf(incident.id);
  const mine = new Set(group ? [group.lead, ...group.parts].map((one) => one.id) : [incident.id]);
  const open = incidents.values().filter((one) => one.status !== "closed" && !mine.has(one.id)); // what is over is no neighbour
  const others = open.filter((one) => near(incident, one.lonlat, one.opened));
  const same = new Set([incident, ...others].map((one) => one.correlation));
  const said = happenings
    .values()
    .filter((one) => one.module === "media" && (same.has(one.correlation) || near(incident, one.lonlat, one.time)));
  const told = [incident, ...others].flatMap(storiesOf);
  const count = (kind: Incident["kind"]) => others.filter((one) => one.kind === kind).length;
  return {
    calls: count("call"),
    reports: count("report"),
    events: count("event"),
    stories: Math.max(new Set(said.map((one) => one.correlation)).size, told.length),
    posts: told.reduce((sum, story) => sum + story.posts, 0),
  };
}
