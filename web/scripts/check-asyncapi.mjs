// An AsyncAPI document on standard input; ends with 1 and the mistakes where the official parser finds any.
import { readFileSync } from "node:fs";
import asyncapi from "@asyncapi/parser";

const ERROR = 0;
const { diagnostics } = await new asyncapi.Parser().parse(readFileSync(0, "utf8"));
const errors = diagnostics.filter((one) => one.severity === ERROR);
for (const one of errors) console.error(`${one.path.join("/")}: ${one.message}`);
process.exit(errors.length > 0 ? 1 : 0);
