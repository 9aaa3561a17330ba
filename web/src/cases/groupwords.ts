import { cams, units } from "../feed/model";
import type { Cam, Incident, Unit } from "../feed/wire";
import { nearest } from "../cameras/order";
import { number } from "../i18n/format";
import { t } from "../i18n/language";
import { metres } from "../map/metres";
import { givenNumber } from "../ui/words";
import { camerasOf, recommendationOf, segmentOf, storiesOf, unverified } from "./facts";
import type { Group } from "./groups";

/** What belongs to a group, in words with counts; empty for a case on its own. */
export function groupWords(group: Group): readonly string[] {
  if (group.parts.length === 0) return [];
  const all = [group.lead, ...group.parts];
  const count = (fits: (one: Incident) => boolean) => all.filter(fits).length;
  const calls = count((one) => one.kind === "call");
  const reports = count((one) => one.kind === "report");
  const suspicions = count((one) => one.kind === "event" && segmentOf(one) !== null);
  const told = count((one) => one.kind === "event" && unverified(one));
  const others = all.length - calls - reports - suspicions - told;
  const stories = Math.max(told, new Set(all.flatMap(storiesOf).map((story) => story.title.vi)).size);
  return [
    calls > 0 ? t("focus.calls", { n: calls }) : "",
    reports > 0 ? t("focus.reports", { n: reports }) : "",
    suspicions > 0 ? t("group.suspected") : "",
    others > 0 ? t("focus.events", { n: others }) : "",
    stories > 0 ? t("focus.stories", { n: stories }) : "",
  ].filter(Boolean);
}

/** The camera to verify a group by: one that a module names, else the nearest. */
export function cameraOf(group: Group): Cam | null {
  const named = [group.lead, ...group.parts].flatMap(camerasOf).map((id) => cams.get(id));
  const first = named.find((cam) => cam !== undefined);
  return first ?? (group.lead.lonlat ? (nearest(cams.values(), group.lead.lonlat)[0] ?? null) : null);
}

const UNDER_WAY: ReadonlySet<string> = new Set(["dispatched", "en_route", "on_scene", "transporting"]);

/** A unit sent to one of the group, and the minutes it still needs by the estimate it was proposed with. */
export interface UnderWay {
  readonly unit: Unit;
  readonly minutes: number | null;
}

export function underWay(group: Group): readonly UnderWay[] {
  return [group.lead, ...group.parts].flatMap((one) => {
    const given = givenNumber(one);
    return units
      .values()
      .filter((unit) => UNDER_WAY.has(unit.state) && (unit.id === one.assignee || (given !== null && unit.task === given)))
      .map((unit) => ({ unit, minutes: unit.state === "on_scene" ? null : minutesLeft(one, unit) }));
  });
}

function minutesLeft(incident: Incident, unit: Unit): number | null {
  const proposed = recommendationOf(incident)?.units.find((one) => one.id === unit.id);
  if (!proposed || !unit.lonlat || !incident.lonlat || proposed.distance_m <= 0) return null;
  return (proposed.eta_min * metres(incident.lonlat, unit.lonlat)) / proposed.distance_m;
}

export function etaWords(one: UnderWay): string {
  return one.minutes === null ? "" : t("units.eta", { n: number(Math.max(1, one.minutes), 0) });
}
