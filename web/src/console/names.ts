import { units } from "../feed/model";
import { city } from "../http/city";
import { isWord, say, t } from "../i18n/language";
import { named } from "../i18n/names";
import { form } from "./calls";

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

const ANSWER = "answer.";

/** A sealed field's name; an answer is named by the question that was asked. */
export function fieldName(field: string): string {
  if (!field.startsWith(ANSWER)) return named("field", field);
  const code = field.slice(ANSWER.length);
  const question = form.value.questions.find((one) => one.code === code);
  return question ? say(question.text) : code;
}

/** A sealed value in people's words: yes and no are codes. */
export function said(field: string, text: string): string {
  if (field.startsWith(ANSWER) && text === "yes") return t("call.yes");
  if (field.startsWith(ANSWER) && text === "no") return t("call.no");
  return text;
}
