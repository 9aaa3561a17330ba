import { signal } from "@preact/signals";
import type { Text } from "../feed/wire";
import { en } from "./en";
import { vi } from "./vi";

export type Language = "vi" | "en";
export type Word = keyof typeof vi;

const WORDS: Record<Language, Record<Word, string>> = { vi, en };
const KEPT_AS = "ioc-language";

function first(): Language {
  const asked = new URLSearchParams(location.search).get("lang") ?? localStorage.getItem(KEPT_AS);
  return asked === "en" ? "en" : "vi";
}

export const language = signal<Language>(first());

language.subscribe((chosen) => {
  document.documentElement.lang = chosen;
});

export function chooseLanguage(chosen: Language): void {
  localStorage.setItem(KEPT_AS, chosen);
  language.value = chosen;
}

/**
 * The words for a key in the chosen language, with `{name}` filled in. `{name:report|reports}` is the first word where the
 * number is one, else the second: English has a plural.
 */
export function t(word: Word, values: Readonly<Record<string, string | number>> = {}): string {
  const fill = (hole: string, name: string, one?: string, many?: string): string => {
    const value = values[name];
    if (value === undefined) return hole;
    return many === undefined ? String(value) : (Number(value) === 1 ? one : many) ?? "";
  };
  return WORDS[language.value][word].replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, fill);
}

/** The words of a text the server sent. */
export function say(text: Text): string {
  return text[language.value] || text.vi;
}

/** A word in one certain language, whatever the screen speaks. */
export function wordIn(one: Language, word: Word): string {
  return WORDS[one][word];
}

export function isWord(text: string): text is Word {
  return text in vi;
}
