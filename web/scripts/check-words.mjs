// Vietnamese and English must have the same keys, holes and no key that nothing uses. Ends non-zero with the list.
import { readdirSync, readFileSync } from "node:fs";

const source = new URL("../src/", import.meta.url);
const read = (name) => readFileSync(new URL(name, source), "utf8");

function words(name) {
  const text = ["", ".desk", ".setup", ".watch"].map((part) => read(`i18n/${name}${part}.ts`)).join("\n");
  const pairs = [...text.matchAll(/^ {2}"([^"]+)": "(.*)",$/gm)];
  return new Map(pairs.map(([, key, text]) => [key, text]));
}

const holes = (text) => [...new Set([...text.matchAll(/\{(\w+)[:}]/g)].map(([, name]) => name))].sort().join();
const vi = words("vi");
const en = words("en");
// A number before an English word of many needs the word of one beside it: "1 reports" is never shown.
const manyOnly = (text) => /\{(n|all|count)\} (?!s\b)[a-z]+s\b/.test(text);

const code = readdirSync(source, { recursive: true })
  .filter((name) => /\.tsx?$/.test(name) && !/i18n[\\/](vi|en)(\.\w+)?\.ts$/.test(name))
  .map(read)
  .join("\n");

// A key is used when written whole, or when a template such as `status.${x}` or named("role", x) makes it.
const stems = [
  ...[...code.matchAll(/`([\w.]+\.)\$\{/g)].map(([, stem]) => stem),
  ...[...code.matchAll(/named\("([\w.]+)"/g)].map(([, stem]) => `${stem}.`),
];
const used = (key) => code.includes(`"${key}"`) || stems.some((stem) => key.startsWith(stem));

const faults = [
  ...[...vi.keys()].filter((key) => !en.has(key)).map((key) => `missing in en: ${key}`),
  ...[...en.keys()].filter((key) => !vi.has(key)).map((key) => `missing in vi: ${key}`),
  ...[...vi].filter(([key, text]) => en.has(key) && holes(text) !== holes(en.get(key))).map(([key]) => `holes differ: ${key}`),
  ...[...vi].filter(([, text]) => text !== text.normalize("NFC")).map(([key]) => `not NFC: ${key}`),
  ...[...en].filter(([, text]) => manyOnly(text)).map(([key]) => `a word of many after a number: ${key}`),
  ...[...vi.keys()].filter((key) => !used(key)).map((key) => `unused: ${key}`),
];
if (vi.size === 0) faults.push("no words found");
for (const fault of faults) console.error(fault);
process.exit(faults.length ? 1 : 0);
