import { useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { clockError, now, second } from "../feed/clock";
import type { Link } from "../feed/link";
import { incidents } from "../feed/model";
import { city } from "../http/city";
import { clockTime, longDate } from "../i18n/format";
import { chooseLanguage, language, say, t } from "../i18n/language";
import { sceneByKey } from "../map/layers";
import { MapPanel } from "../map/panel";
import { LinkPill, LostBar } from "../ui/linkage";
import { Ribbon } from "../ui/ribbon";
import { toggleTheme } from "../ui/theme";
import { Banner, Counts } from "./banner";
import { FocusCard } from "./focus";
import { HealthLine } from "./health";
import { Help, helpOpen } from "./help";
import { FullCamera, Mosaic } from "./mosaic";
import { letterPx } from "./scale";
import { SourceLine } from "./sources";
import { Strip } from "./strip";
import { Ticker } from "./ticker";
import * as view from "./view";

function otherLanguage(): void {
  chooseLanguage(language.peek() === "vi" ? "en" : "vi");
}

const KEYS: Record<string, () => void> = {
  f: view.fit,
  i: view.next,
  c: view.nextFull,
  t: toggleTheme,
  l: otherLanguage,
  escape: view.back,
  "?": () => (helpOpen.value = true),
};

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || helpOpen.peek()) return;
  if (!sceneByKey(event.key)) KEYS[event.key.toLowerCase()]?.();
}

export function Wall({ link }: { link: Link }) {
  useEffect(() => {
    window.addEventListener("keydown", onKey);
    const stops = [view.followNewP1(), view.followCameras()];
    return () => {
      window.removeEventListener("keydown", onKey);
      for (const stop of stops) stop();
    };
  }, []);
  useSignalEffect(() => {
    document.title = `${city.value ? say(city.value.name) : t("app.short")} · ${t("wall.title")}`;
  });
  useSignalEffect(() => link.watch(view.full.value ?? (view.focused.value ? (view.mosaic.value[0] ?? null) : null)));
  return (
    <div class="wall">
      <header class="top">
        <Clock />
        <Counts />
        <Banner onOpen={view.focus} looked={view.focused.value} />
        <LinkPill />
      </header>
      <LostBar link={link} />
      <main class="body" id="main">
        <Strip />
        <section class="centre" aria-label={t("map.area")}>
          {city.value ? <WallMap /> : <p class="mapnote">{t("map.loading")}</p>}
          <FullCamera />
          <Ribbon link={link} />
        </section>
        <Mosaic />
        <FocusCard />
        <Ticker />
      </main>
      <Footer link={link} />
      <Help />
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
      selected={view.selected}
      road={view.road}
      named={view.shownCameras}
      onPick={(id) => {
        const incident = incidents.get(id);
        if (incident) view.focus(incident);
      }}
      onReady={(made) => (view.map.value = made)}
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
      <SourceLine />
      <HealthLine />
      {error && <span class="warn">{error[language.value]}</span>}
      {dropped > 0 && <span class="warn">{t("footer.dropped", { n: dropped })}</span>}
      {clockError.value !== 0 && <span>{t("clock.error", { n: Math.abs(clockError.value) })}</span>}
      <nav class="keys" aria-label={t("wall.keys")}>
        <Key letter="F" words={t("wall.fit")} press={view.fit} />
        <Key letter="I" words={t("wall.next")} press={view.next} />
        <Key letter="C" words={t("wall.camera")} press={view.nextFull} />
        <Key letter="T" words={t("wall.theme")} press={toggleTheme} />
        <Key letter="L" words={t("wall.language")} press={otherLanguage} />
        <Key letter="?" words="" label={t("help.open")} press={() => (helpOpen.value = true)} />
      </nav>
    </footer>
  );
}

function Key({ letter, words, label, press }: { letter: string; words: string; label?: string; press: () => void }) {
  return (
    <button type="button" class="key" onClick={press} {...(label ? { "aria-label": label } : {})}>
      <kbd>{letter}</kbd> {words}
    </button>
  );
}
