import { second } from "../feed/clock";
import { trend } from "../feed/model";
import type { Kpi } from "../feed/wire";
import { number, span } from "../i18n/format";
import { say, t } from "../i18n/language";
import { Age } from "../ui/age";
import { OLD_AFTER_MS, outside, tooOld } from "./kpi";
import { Spark } from "./spark";

/** What is counted is named by the indicator itself. */
const COUNTED: ReadonlySet<string> = new Set(["calls", "units", "reports", "events", "stories", "segments", "cameras", "incidents", "records", "count"]);

const SMALL = 10;

/** One indicator: its value with unit and age, its trend over the band it should stay in, words when it is outside. */
export function Stat({ id, kpi }: { id: string; kpi: Kpi }) {
  const age = second.value - Date.parse(kpi.at);
  const absent = kpi.value === null || tooOld(kpi, second.value);
  const out = absent ? null : outside(kpi);
  const tone = absent ? "absent" : age > OLD_AFTER_MS ? "old" : "";
  return (
    <div class={`stat ${tone} ${out ?? ""}`} data-kpi={id}>
      <p class="name">{say(kpi.name)}</p>
      <p class="value num">
        {out && <span aria-hidden="true">{out === "above" ? "▲ " : "▼ "}</span>}
        {absent || kpi.value === null ? "–" : number(kpi.value, digitsOf(kpi.value))}
        {!absent && unitOf(kpi) && <span class="unit"> {unitOf(kpi)}</span>}
      </p>
      {out && <p class="limit-words">{limitWords(kpi, out)}</p>}
      {absent ? <p class="why">{reason(kpi, age)}</p> : <Age at={kpi.at} />}
      {!absent && <Spark points={trend(id)} lo={kpi.limit_lo} hi={kpi.limit_hi} />}
    </div>
  );
}

/** Small figures, such as an index around 1, are told to the hundredth. */
function digitsOf(value: number): number {
  return Math.abs(value) < SMALL ? 2 : 1;
}

function limitWords(kpi: Kpi, out: "below" | "above"): string {
  const limit = out === "above" ? kpi.limit_hi : kpi.limit_lo;
  return t(out === "above" ? "strip.above" : "strip.below", { limit: number(limit ?? 0, digitsOf(limit ?? 0)) });
}

/** The unit in people's words. */
function unitOf(kpi: Kpi): string {
  if (kpi.unit === "s" || kpi.unit === "min") return t(`quantity.${kpi.unit}`);
  return COUNTED.has(kpi.unit) ? "" : kpi.unit;
}

function reason(kpi: Kpi, age: number): string {
  if (kpi.value !== null) return t("strip.old", { span: span(age) });
  return kpi.reason ? say(kpi.reason) : t("strip.noage");
}
