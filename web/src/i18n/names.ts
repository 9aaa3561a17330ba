import { moduleTitles } from "../http/city";
import { isWord, say, t, wordIn } from "./language";

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

const SIMULATED = " (mô phỏng)";
const ROLES = ["anyone", "operator", "supervisor", "admin"] as const;

/** A person's name as it is; of the made-up people of a demonstration, who are called by their role, in this language. */
export function personName(name: string): string {
  if (!name.endsWith(SIMULATED)) return name;
  const plain = name.slice(0, -SIMULATED.length);
  const role = ROLES.find((one) => wordIn("vi", `role.${one}`) === plain);
  return t("person.simulated", { name: role ? t(`role.${role}`) : plain });
}

/** A code of the wire in people's words where we have them. */
export function named(prefix: "unit.state" | "field" | "role", code: string): string {
  const word = `${prefix}.${code}`;
  return isWord(word) ? t(word) : code;
}
