import { signal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { second } from "../feed/clock";
import { doubtful, incidents, kpis, trend, units } from "../feed/model";
import { isFree, openOnes } from "../feed/order";
import type { Kpi } from "../feed/wire";
import { number, span } from "../i18n/format";
import { say, t } from "../i18n/language";
import { moduleName } from "../i18n/names";
import { Age, Running } from "../ui/age";
import { StaleNote } from "../ui/linkage";
import { ModuleState } from "./health";
import { Spark } from "./spark";

const OLD_AFTER_MS = 90_000;
const TOO_OLD_AFTER_MS = 600_000;
const COUNTED: ReadonlySet<string> = new Set(["calls", "units", "reports", "events"]);
const PAGE_EVERY_MS = 12_000;
const LINE_REM = 2.15;
const TWO_LINES_REM = 3;
const LINE_LETTERS = 22;
const HEAD_REM = 2.4;

interface Group {
  readonly module: string;
  readonly rows: readonly (readonly [key: string, kpi: Kpi])[];
}

/** Indicators of every module, the desk's own counters first. What does not fit takes turns. */
export function Strip() {
  const room = useSignal(20);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const seen = new ResizeObserver(([entry]) => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      if (entry) room.value = entry.contentRect.height / rem;
    });
    if (box.current) seen.observe(box.current);
    return () => seen.disconnect();
  }, []);
  const pages = paged(groups(), room.value);
  const page = Math.floor(turn.value) % Math.max(1, pages.length);
  return (
    <section class="strip" aria-label={t("strip.label")}>
      <Desk />
      <div class="cards" ref={box} data-doubtful={doubtful.value}>
        {pages[0]?.length === 0 && <p class="card none">– {t("strip.nokpi")}</p>}
        {(pages[page] ?? []).map((group) => (
          <Card key={group.module} group={group} />
        ))}
      </div>
      {pages.length > 1 && <Pager page={page} of={pages.length} />}
    </section>
  );
}

const turn = signal(0);
const held = signal(false);

function Pager({ page, of }: { page: number; of: number }) {
  useSignalEffect(() => {
    if (held.value) return undefined;
    const timer = setInterval(() => (turn.value += 1), PAGE_EVERY_MS);
    return () => clearInterval(timer);
  });
  return (
    <button type="button" class="pager num" aria-pressed={held.value} onClick={() => (held.value = !held.value)}>
      {t("strip.page", { n: page + 1, of })} {held.value ? "❚❚" : ""}
    </button>
  );
}

function groups(): Group[] {
  const found = new Map<string, (readonly [string, Kpi])[]>();
  for (const key of kpis.keys()) {
    const kpi = kpis.get(key);
    if (kpi) found.set(kpi.module, [...(found.get(kpi.module) ?? []), [key, kpi]]);
  }
  const sorted = [...found].sort(([a], [b]) => a.localeCompare(b));
  return sorted.map(([module, rows]) => ({ module, rows: rows.sort(([a], [b]) => a.localeCompare(b)) }));
}

function heightOf(kpi: Kpi): number {
  return say(kpi.name).length > LINE_LETTERS ? TWO_LINES_REM : LINE_REM;
}

/** Packs groups into pages of so many rem; a group too tall for the rest of a page goes on on the next. */
function paged(all: readonly Group[], room: number): Group[][] {
  const pages: Group[][] = [[]];
  let left = room;
  const turnPage = () => {
    pages.push([]);
    left = room;
  };
  for (const { module, rows } of all) {
    let part: (readonly [string, Kpi])[] = [];
    const first = rows[0] ? heightOf(rows[0][1]) : LINE_REM;
    if (left < room && left < HEAD_REM + first) turnPage();
    left -= HEAD_REM;
    for (const row of rows) {
      if (part.length && left < heightOf(row[1])) {
        pages.at(-1)?.push({ module, rows: part });
        part = [];
        turnPage();
        left -= HEAD_REM;
      }
      part.push(row);
      left -= heightOf(row[1]);
    }
    pages.at(-1)?.push({ module, rows: part });
  }
  return pages;
}

function Card({ group }: { group: Group }) {
  return (
    <article class="card">
      <h2>
        <span>{moduleName(group.module)}</span>
        <ModuleState name={group.module} />
      </h2>
      {group.rows.map(([key, kpi]) => (
        <Row key={key} id={key} kpi={kpi} />
      ))}
    </article>
  );
}

function Row({ id, kpi }: { id: string; kpi: Kpi }) {
  const age = second.value - Date.parse(kpi.at);
  const absent = kpi.value === null || age > TOO_OLD_AFTER_MS;
  const tone = absent ? "absent" : age > OLD_AFTER_MS ? "old" : "";
  return (
    <div class={`row ${tone}`} data-kpi={id}>
      <span class="name">{say(kpi.name)}</span>
      <Spark points={trend(id)} />
      <span class="value num">
        {absent ? "–" : number(kpi.value ?? 0)} {!absent && <span class="unit">{unitOf(kpi)}</span>}
      </span>
      {absent ? <span class="age num">{reason(kpi, age)}</span> : <Age at={kpi.at} />}
    </div>
  );
}

/** The unit in people's words; what is counted is named by the indicator itself. */
function unitOf(kpi: Kpi): string {
  if (kpi.unit === "s" || kpi.unit === "min") return t(`quantity.${kpi.unit}`);
  return COUNTED.has(kpi.unit) ? "" : kpi.unit;
}

function reason(kpi: Kpi, age: number): string {
  if (kpi.value !== null) return t("strip.old", { span: span(age) });
  return kpi.reason ? say(kpi.reason) : t("strip.noage");
}

function Desk() {
  const open = openOnes(incidents.values());
  const untaken = open.filter((incident) => incident.status === "new");
  const oldest = untaken.reduce<string | null>((o, i) => (o === null || i.opened < o ? i.opened : o), null);
  const all = units.values();
  const free = all.filter(isFree).length;
  return (
    <article class="card desk" data-doubtful={doubtful.value}>
      <Figure name={t("strip.open")} value={number(open.length)} />
      <Figure name={t("strip.untaken")} value={number(untaken.length)} />
      <Figure name={t("strip.oldest")} value={oldest ? <Running since={oldest} /> : "–"} />
      <Figure name={t("strip.units")} value={all.length ? `${free}/${all.length}` : "–"} />
      <StaleNote />
    </article>
  );
}

function Figure({ name, value }: { name: string; value: preact.ComponentChild }) {
  return (
    <div class="figure">
      <span class="name">{name}</span>
      <span class="value num">{value}</span>
    </div>
  );
}
