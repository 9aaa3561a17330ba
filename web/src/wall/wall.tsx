import { effect, signal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { clockError, now, second, serverNow } from "../feed/clock";
import type { Link } from "../feed/link";
import { incidents } from "../feed/model";
import { openOnes } from "../feed/order";
import type { Incident } from "../feed/wire";
import { city } from "../http/city";
import { clockTime, longDate } from "../i18n/format";
import { chooseLanguage, language, say, t } from "../i18n/language";
import type { CityMap } from "../map/citymap";
import { MapPanel } from "../map/panel";
import { LinkPill, LostBar } from "../ui/linkage";
import { Ribbon } from "../ui/ribbon";
import { toggleTheme } from "../ui/theme";
import { Banner, Counts } from "./banner";
import { HealthLine } from "./health";
import { letterPx } from "./scale";
import { Strip } from "./strip";
import { Ticker } from "./ticker";

const FOCUS_MS = 20_000;
const FOCUS_EVERY_MS = 60_000;
const NEWLY_MS = 30_000;

const selected = signal<string | null>(null);
const map = signal<CityMap | null>(null);

function focus(incident: Incident): void {
  selected.value = incident.id;
  if (incident.lonlat) map.peek()?.go(incident.lonlat);
}

function fit(): void {
  selected.value = null;
  map.peek()?.fit();
}

function next(): void {
  const open = openOnes(incidents.values()).filter((incident) => incident.lonlat);
  const at = open.findIndex((incident) => incident.id === selected.peek());
  const following = open[(at + 1) % Math.max(1, open.length)];
  if (following) focus(following);
}

const KEYS: Record<string, () => void> = {
  f: fit,
  i: next,
  t: toggleTheme,
  l: () => chooseLanguage(language.peek() === "vi" ? "en" : "vi"),
  escape: fit,
};

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  KEYS[event.key.toLowerCase()]?.();
}

/** Shows a fresh P1 for twenty seconds, at most once a minute, then the whole city again. */
function followNewP1(): () => void {
  let lastAt = -FOCUS_EVERY_MS;
  let seen: string | null = null;
  return effect(() => {
    const top = openOnes(incidents.values())[0];
    if (!top || top.id === seen || top.priority !== 1 || top.status !== "new" || !top.lonlat) return;
    seen = top.id;
    const fresh = serverNow() - Date.parse(top.opened) < NEWLY_MS;
    if (!fresh || performance.now() - lastAt < FOCUS_EVERY_MS) return;
    lastAt = performance.now();
    focus(top);
    setTimeout(() => selected.peek() === top.id && fit(), FOCUS_MS);
  });
}

export function Wall({ link }: { link: Link }) {
  useEffect(() => {
    window.addEventListener("keydown", onKey);
    const stop = followNewP1();
    return () => {
      window.removeEventListener("keydown", onKey);
      stop();
    };
  }, []);
  useSignalEffect(() => {
    document.title = `${city.value ? say(city.value.name) : t("app.short")} · ${t("wall.title")}`;
  });
  return (
    <div class="wall">
      <header class="top">
        <Clock />
        <Counts />
        <Banner onOpen={focus} />
        <LinkPill />
      </header>
      <LostBar link={link} />
      <main class="body" id="main">
        <Strip />
        <section class="centre" aria-label={t("map.area")}>
          {city.value ? <WallMap /> : <p class="mapnote">{t("map.loading")}</p>}
          <Ribbon link={link} />
        </section>
        <Ticker />
      </main>
      <Footer link={link} />
    </div>
  );
}

function WallMap() {
  const home = city.value?.bbox;
  if (!home) return null;
  const letter = letterPx();
  return (
    <MapPanel
      home={home}
      labelPx={letter}
      markPx={letter * 1.7}
      selected={selected}
      onPick={(id) => {
        const incident = incidents.get(id);
        if (incident) focus(incident);
      }}
      onReady={(made) => (map.value = made)}
    />
  );
}

function Clock() {
  language.value;
  return (
    <div class="clock">
      <div class="who">
        <h1>{city.value ? say(city.value.name) : t("app.short")}</h1>
        <span class="date">{longDate(second.value)}</span>
      </div>
      <time class="num" data-testid="clock">
        {clockTime(now.value)}
      </time>
    </div>
  );
}

function Footer({ link }: { link: Link }) {
  const dropped = link.dropped.value;
  const error = link.error.value;
  return (
    <footer class="foot">
      <HealthLine />
      {error && <span class="warn">{error[language.value]}</span>}
      {dropped > 0 && <span class="warn">{t("footer.dropped", { n: dropped })}</span>}
      {clockError.value !== 0 && <span>{t("clock.error", { n: Math.abs(clockError.value) })}</span>}
      <nav class="keys" aria-label={t("wall.keys")}>
        <Key letter="F" words={t("wall.fit")} press={fit} />
        <Key letter="I" words={t("wall.next")} press={next} />
        <Key letter="T" words={t("wall.theme")} press={toggleTheme} />
        <Key letter="L" words={t("wall.language")} press={() => KEYS.l?.()} />
      </nav>
    </footer>
  );
}

function Key({ letter, words, press }: { letter: string; words: string; press: () => void }) {
  return (
    <button type="button" class="key" onClick={press}>
      <kbd>{letter}</kbd> {words}
    </button>
  );
}
