import { signal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { doubtful, incidents, kpis, modules, units } from "../feed/model";
import { isFree, openOnes } from "../feed/order";
import type { Kpi } from "../feed/wire";
import { number } from "../i18n/format";
import { t } from "../i18n/language";
import { shortModuleName } from "../i18n/names";
import { Running } from "../ui/age";
import { ModuleSign } from "../ui/signs";
import { ModuleState } from "./health";
import { inTurn, outside } from "./kpi";
import { Stat } from "./stat";

/** Nothing on the wall moves by itself faster than this. */
const TURN_EVERY_MS = 12_000;
/** The modules of a city in the order of the wall; others follow by name. */
const ORDER = ["traffic", "public_security", "emergency", "citizen", "media"];
/** Least height of a card and what one row of indicators adds, in letters' heights; as in strip.css. */
const CARD_REM = 5.8;
const HEAD_REM = 1.9;
const ROW_REM = 4.3;
const WIDE_CARD_REM = 18;
/** Parts that look after the platform have no indicators. */
const MOST_IN_A_ROW = 2;

type Indicator = readonly [key: string, kpi: Kpi];

interface Room {
  readonly columns: number;
  readonly cards: number;
  /** Indicators of one module shown at once. */
  readonly places: number;
}

const turn = signal(0);
const held = signal(false);

/** Indicators of every module, each in its own place, the desk's own counters first. */
export function Strip() {
  const size = useSignal({ width: 25, height: 20 });
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    const seen = new ResizeObserver(([entry]) => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      if (entry) size.value = { width: entry.contentRect.width / rem, height: entry.contentRect.height / rem };
    });
    if (box.current) seen.observe(box.current);
    return () => seen.disconnect();
  }, []);
  useSignalEffect(() => {
    if (held.value) return undefined;
    const timer = setInterval(() => (turn.value += 1), TURN_EVERY_MS);
    return () => clearInterval(timer);
  });
  const names = speaking();
  const room = roomOf(size.value, names.length);
  const pages = Math.max(1, Math.ceil(names.length / room.cards));
  const from = (turn.value % pages) * room.cards;
  return (
    <section class={`strip columns-${room.columns}`} ref={box} aria-label={t("strip.label")} data-doubtful={doubtful.value}>
      <Desk />
      {names.length === 0 && <p class="card none">– {t("strip.nokpi")}</p>}
      {names.slice(from, from + room.cards).map((name) => (
        <Card key={name} module={name} places={room.places} />
      ))}
    </section>
  );
}

/** Two columns where the strip is wide and low; else one, with as many rows of indicators as there is room for. */
function roomOf({ width, height }: { width: number; height: number }, many: number): Room {
  const columns = width >= 24 && height < 30 ? 2 : 1;
  const slots = Math.max(1, Math.floor(height / CARD_REM)) * columns;
  const cards = Math.max(1, Math.min(many || 1, slots - 1));
  const each = columns === 2 ? CARD_REM : (height - CARD_REM * 0.8) / cards;
  const across = width / columns >= WIDE_CARD_REM ? MOST_IN_A_ROW : 1;
  return { columns, cards, places: across * Math.max(1, Math.floor((each - HEAD_REM) / ROW_REM)) };
}

/** Modules that have an indicator, and those of the city that should. */
function speaking(): string[] {
  const names = new Set(kpis.values().map((kpi) => kpi.module));
  for (const name of modules.keys()) if (ORDER.includes(name)) names.add(name);
  const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return [...names].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

function indicatorsOf(module: string): Indicator[] {
  return kpis
    .keys()
    .flatMap((key): Indicator[] => {
      const kpi = kpis.get(key);
      return kpi?.module === module ? [[key, kpi]] : [];
    })
    .sort(([a], [b]) => a.localeCompare(b));
}

function Card({ module, places }: { module: string; places: number }) {
  const { shown, of } = inTurn(indicatorsOf(module), ([, kpi]) => outside(kpi) !== null, places, turn.value);
  return (
    <article class="card" data-strip={module}>
      <header>
        <ModuleSign module={module} />
        <h2>{shortModuleName(module)}</h2>
        {of > 1 && <Turn n={(turn.value % of) + 1} of={of} />}
        <ModuleState name={module} />
      </header>
      <div class="stats">
        {shown.length === 0 && <p class="none">– {t("strip.nokpi")}</p>}
        {shown.map(([key, kpi]) => (
          <Stat key={key} id={key} kpi={kpi} />
        ))}
      </div>
    </article>
  );
}

/** Which turn it is; pressing holds all of them. */
function Turn({ n, of }: { n: number; of: number }) {
  return (
    <button
      type="button"
      class="turn num"
      aria-pressed={held.value}
      aria-label={t("strip.turn", { n, of })}
      onClick={() => (held.value = !held.value)}
    >
      {n}/{of}
      {held.value ? " ❚❚" : ""}
    </button>
  );
}

function Desk() {
  const open = openOnes(incidents.values());
  const untaken = open.filter((incident) => incident.status === "new");
  const oldest = untaken.reduce<string | null>((o, i) => (o === null || i.opened < o ? i.opened : o), null);
  const all = units.values();
  const free = all.filter(isFree).length;
  return (
    <article class="card desk">
      <Figure name={t("strip.open")} value={number(open.length)} />
      <Figure name={t("strip.untaken")} value={number(untaken.length)} />
      <Figure name={t("strip.oldest")} value={oldest ? <Running since={oldest} /> : "–"} />
      <Figure name={t("strip.units")} value={all.length ? `${free}/${all.length}` : "–"} />
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
