import { moduleTitles } from "../http/city";
import { isWord, say, t } from "./language";

/** A module's title as its manifest gives it, else our own word for it, else its name. */
export function moduleName(name: string): string {
  const title = moduleTitles.value.get(name);
  if (title) return say(title);
  const word = `module.name.${name}`;
  return isWord(word) ? t(word) : name;
}

/** A word short enough for a heading read from afar; a module we have none for has its title. */
export function shortModuleName(name: string): string {
  const word = `module.short.${name}`;
  return isWord(word) ? t(word) : moduleName(name);
}

/** A code of the wire in people's words where we have them. */
export function named(prefix: "unit.state" | "field" | "role", code: string): string {
  const word = `${prefix}.${code}`;
  return isWord(word) ? t(word) : code;
}
