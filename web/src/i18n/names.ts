import { moduleTitles } from "../http/city";
import { isWord, say, t } from "./language";

/** A module's title as its manifest gives it, else our own word for it, else its name. */
export function moduleName(name: string): string {
  const title = moduleTitles.value.get(name);
  if (title) return say(title);
  const word = `module.name.${name}`;
  return isWord(word) ? t(word) : name;
}

/** A code of the wire in people's words where we have them. */
export function named(prefix: "unit.state" | "field" | "role", code: string): string {
  const word = `${prefix}.${code}`;
  return isWord(word) ? t(word) : code;
}
