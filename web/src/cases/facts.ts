import type { Incident, Recommendation, Text } from "../feed/wire";

/** What modules know of an incident beside its own words, read with care: facts are theirs and may change. */

type Facts = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Facts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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

/** A story of the press or of posts that speaks of the same. Tier 1 is an official voice, 4 an unverified one. */
export interface Story {
  readonly title: Text;
  readonly source: string | null;
  readonly tier: number | null;
  readonly url: string | null;
  readonly articles: number;
  readonly posts: number;
}

/** Every story is a fact of its own, under a key that begins so. */
const STORY = "media:";
const SAFE_LINK = /^https?:/i;

function story(found: unknown): Story | null {
  const title = isObject(found) ? text(found.title) : null;
  if (!isObject(found) || !title) return null;
  const url = words(found.url);
  return {
    title,
    source: words(found.source),
    tier: figure(found.tier),
    url: url && SAFE_LINK.test(url) ? url : null,
    articles: figure(found.articles) ?? 0,
    posts: figure(found.posts) ?? 0,
  };
}

export function storiesOf(incident: Incident): readonly Story[] {
  return Object.entries(incident.facts).flatMap(([key, fact]) => (key.startsWith(STORY) ? (story(fact) ?? []) : []));
}

/** True for what only the press or posts have said: a person has still to look. */
export function unverified(incident: Incident): boolean {
  return incident.module === "media";
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
  "vehicles",
  "objects",
  "occupancy_pct",
  "density",
  "camera_state",
  "speed_drop_pct",
  "spill_back",
  "detectors",
  "record_number",
  "method",
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
