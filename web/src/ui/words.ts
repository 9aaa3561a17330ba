import type { Incident } from "../feed/wire";
import { say, t } from "../i18n/language";

/** Ward and place in words, or that the place is not known yet. */
export function whereOf(incident: Incident): string {
  if (!incident.lonlat) return t("place.unknown");
  const ward = incident.ward ? `${incident.ward.approximate ? "≈ " : ""}${incident.ward.name}` : null;
  return [incident.place, ward].filter(Boolean).join(", ") || t("place.none");
}

const NO_PLACE = /\s*[(·,]\s*(chưa rõ vị trí|location unknown|place unknown)\)?$/iu;

/** The title without its word of an unknown place: the place has its own line, and may be known by now. */
export function titleOf(incident: Incident): string {
  return say(incident.title).normalize("NFC").replace(NO_PLACE, "");
}

/** The number the citizen was given, of the report or of the call, or null. */
export function givenNumber(incident: Incident): string | null {
  const { report_number: report, call_number: call } = incident.facts;
  return [report, call].find((given): given is string => typeof given === "string" && given !== "") ?? null;
}
