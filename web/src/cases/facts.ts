import type { Incident, Recommendation, Text } from "../feed/wire";

/** What modules know of an incident beside its own words, read with care: facts are theirs and may change. */

type Facts = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Facts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly Facts[] {
  return (Array.isArray(value) ? value : [value]).filter(isObject);
}

function words(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function figure(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function text(value: unknown): Text | null {
  if (typeof value === "string" && value) return { vi: value, en: value };
  if (isObject(value) && typeof value.vi === "string") return { vi: value.vi, en: words(value.en) ?? value.vi };
  return null;
}

/** The road segment a module names, by id. */
export function segmentOf(incident: Incident): string | null {
  const { segment } = incident.facts;
  return words(segment) ?? (isObject(segment) ? words(segment.id) : null);
}

/** A news story or post that speaks of the same. Tier 1 is an official voice, 4 an unverified one. */
export interface Story {
  readonly title: Text;
  readonly source: string | null;
  readonly tier: number | null;
  readonly url: string | null;
  readonly published: string | null;
}

const SAFE_LINK = /^https?:/i;

function story(found: Facts): Story | null {
  const title = text(found.title);
  if (!title) return null;
  const url = words(found.url) ?? words(found.link);
  return {
    title,
    source: words(found.source_name) ?? words(found.source) ?? words(found.feed),
    tier: figure(found.tier),
    url: url && SAFE_LINK.test(url) ? url : null,
    published: words(found.published),
  };
}

export function storiesOf(incident: Incident): readonly Story[] {
  const { stories, story: one } = incident.facts;
  return [...listOf(stories), ...listOf(one)].flatMap((found) => story(found) ?? []);
}

/** True for what nobody but the press or a post has said so far. */
export function unverified(incident: Incident): boolean {
  const { verified, unverified: said } = incident.facts;
  return verified === false || said === true || (incident.module === "media" && verified !== true);
}

/** The cameras a module names, nearest first; empty when it names none. */
export function camerasOf(incident: Incident): readonly string[] {
  const { cameras, camera } = incident.facts;
  const named = [...(Array.isArray(cameras) ? cameras : []), camera];
  return [...new Set(named.flatMap((one) => words(one) ?? (isObject(one) ? (words(one.id) ?? []) : [])))];
}

/** Units that could go, as the emergency module ranks them. */
export function recommendationOf(incident: Incident): Recommendation | null {
  const found = incident.facts.recommendation;
  return isObject(found) && Array.isArray(found.units) ? (found as unknown as Recommendation) : null;
}

/** What was found out, in the order people ask: a word of ours and what it says. */
export interface Finding {
  readonly word: FindingWord;
  readonly value: string | number;
}

const FINDINGS = [
  "zone",
  "count",
  "density",
  "camera_state",
  "speed_drop_pct",
  "spill_back",
  "detectors",
  "record_number",
  "method",
  "location",
  "since",
  "cleared",
  "restored",
  "signs_cleared_at",
] as const;

export type FindingWord = (typeof FINDINGS)[number];

export function findingsOf(incident: Incident): readonly Finding[] {
  return FINDINGS.flatMap((word): Finding[] => {
    const fact = incident.facts[word];
    const value = Array.isArray(fact) ? fact.filter((one) => typeof one === "string").join(", ") : fact;
    const known = (typeof value === "string" && value !== "") || typeof value === "number";
    if (value === true) return [{ word, value: "" }];
    return known ? [{ word, value }] : [];
  });
}
