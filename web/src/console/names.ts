import { units } from "../feed/model";
import { city } from "../http/city";
import { isWord, say, t } from "../i18n/language";

/** Outcomes offered when closing; the word is kept, so that figures can count it. */
export const OUTCOMES = ["resolved", "false", "duplicate", "transferred", "other"] as const;

export function outcomeName(outcome: string | null): string | null {
  if (outcome === null) return null;
  const word = `closing.${outcome}`;
  return isWord(word) ? t(word) : outcome;
}

/** A unit's or agency's name for its id. */
export function assigneeName(id: string | null): string | null {
  if (id === null) return null;
  const agency = city.value?.agencies.find((one) => one.id === id);
  return units.get(id)?.name ?? (agency ? say(agency.name) : id);
}
