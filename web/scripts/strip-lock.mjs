// Keeps the lock file free of web addresses: npm writes `funding` links and has no switch against them.
import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));
for (const entry of Object.values(lock.packages)) delete entry.funding;
const text = JSON.stringify(lock, null, 2) + "\n";
if (text.includes("http")) throw new Error("package-lock.json still holds a web address");
writeFileSync(path, text);
