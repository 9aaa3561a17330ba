// JSON Schema on standard input, TypeScript types on standard output: the words of the feed as the server declares them.
import { readFileSync } from "node:fs";
import { compile } from "json-schema-to-typescript";

const schema = JSON.parse(readFileSync(0, "utf8"));
const banner = "/** Written by `make types` from the server's own classes; change those, not this. */";
const options = { additionalProperties: false, bannerComment: banner, printWidth: 120, style: { printWidth: 120 } };
process.stdout.write(await compile(schema, "Words", options));
