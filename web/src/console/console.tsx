import { computed, signal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { roadOf } from "../cases/road";
import { clockError, now } from "../feed/clock";
import type { Link } from "../feed/link";
import { incidents, linkState, sources } from "../feed/model";
import type { LonLat } from "../feed/wire";
import { city, me } from "../http/city";
import { clockTime } from "../i18n/format";
import { chooseLanguage, language, say, t } from "../i18n/language";
import { personName } from "../i18n/names";
import type { CityMap } from "../map/citymap";
import { MapPanel } from "../map/panel";
import { LinkPill, LostBar } from "../ui/linkage";
import { Ribbon } from "../ui/ribbon";
import { PlainSign } from "../ui/signs";
import { theme, toggleTheme } from "../ui/theme";
import { Banner, Counts } from "../wall/banner";
import { Boxes } from "./boxes";
import { CallFormPanel } from "./callform";
import { shownCameras, watchFront } from "./cameras";
import { opened, openIncident, picking, point } from "./choice";
import { draftKept } from "./calls";
import { box, look, takingCall } from "./commands";
import { Detail } from "./detail";
import { onKey } from "./keys";
import { Notices } from "./notices";
import { followPanes, pane, PaneTabs } from "./panes";
import { followLooks, looks } from "./patrols";
import { LocateStrip } from "./place";
import { Queue } from "./queue";

const MAP_LETTER_PX = 15;
const MAP_MARK_PX = 28;

const map = signal<CityMap | null>(null);
const road = computed(() => roadOf(openIncident.value, map.value));

export function Console({ link }: { link: Link }) {
  useEffect(() => {
    window.addEventListener("keydown", onKey);
    const stops = [watchFront(link), followPanes(), followLooks()];
    return () => {
      window.removeEventListener("keydown", onKey);
      for (const stop of stops) stop();
    };
  }, []);
  useSignalEffect(() => {
    document.title = `${city.value ? say(city.value.name) : t("app.short")} · ${t("console.title")}`;
  });
  useSignalEffect(() => {
    const at = opened.value ? incidents.get(opened.value)?.lonlat : null;
    if (at) map.value?.go(at);
  });
  return (
    <div class="console">
      <a class="skip" href="#queue-title">
        {t("skip")}
      </a>
      <Top link={link} />
      <LostBar link={link} />
      <Notices />
      <main class="body" id="main" data-pane={pane.value}>
        <Queue />
        <PaneTabs />
        {takingCall.value ? <CallFormPanel map={map} /> : <Detail map={map} />}
        <section class="side" aria-label={t("map.area")}>
          <LocateStrip map={map} />
          <div class="sidemap">
            {city.value && <ConsoleMap />}
            <Ribbon link={link} />
          </div>
        </section>
      </main>
      <Boxes map={map} />
    </div>
  );
}

function ConsoleMap() {
  const home = city.value?.bbox;
  if (!home) return null;
  return (
    <MapPanel
      home={home}
      labelPx={MAP_LETTER_PX}
      markPx={MAP_MARK_PX}
      selected={opened}
      road={road}
      named={shownCameras}
      choice
      point={point}
      onPick={look}
      onPoint={takePoint}
      onReady={(made) => (map.value = made)}
    />
  );
}

function takePoint(lonlat: LonLat): boolean {
  if (picking.peek() === null) return false;
  point.value = lonlat;
  if (picking.peek() === "call") pane.value = "detail"; // back to the form, which says what was chosen
  return true;
}

function Top({ link }: { link: Link }) {
  return (
    <header class="top">
      <div class="who">
        <h1>
          <a href="/">{city.value ? say(city.value.name) : t("app.short")}</a>
        </h1>
        <span>{t("console.title")}</span>
      </div>
      <time class="num" data-testid="clock">
        {clockTime(now.value)}
      </time>
      <Counts />
      <Banner onOpen={(incident) => look(incident.id)} />
      <LinkPill />
      <Tools link={link} />
    </header>
  );
}

/** How many live sources speak; opens the list of all. */
function SourceButton() {
  const live = sources.values().filter((one) => one.life === "live");
  const good = live.filter((one) => one.state === "live").length;
  const known = live.length > 0 && linkState.value === "live";
  return (
    <button type="button" onClick={() => (box.value = "sources")} data-testid="sources">
      {t("sources.short")} <span class={known && good < live.length ? "warn num" : "num"}>{known ? `${good}/${live.length}` : "–"}</span>{" "}
      <kbd>S</kbd>
    </button>
  );
}

/** How many proposals wait for an answer; not there for who may see none. */
function PatrolButton() {
  const open = looks.value;
  if (!open) return null;
  return (
    <button type="button" onClick={() => (box.value = "patrols")} data-testid="patrols">
      {t("patrols.short")} <span class="num">{open.length}</span> <kbd>T</kbd>
    </button>
  );
}

function Tools({ link }: { link: Link }) {
  const other = language.value === "vi" ? "en" : "vi";
  return (
    <nav class="tools" aria-label={t("console.tools")}>
      {link.outdated.value && (
        <button type="button" class="first" onClick={() => location.reload()}>
          {t("build.new")}: {t("build.reload")}
        </button>
      )}
      {clockError.value !== 0 && <span>{t("clock.error", { n: Math.abs(clockError.value) })}</span>}
      <button type="button" class="first" onClick={() => (takingCall.value = true)}>
        {t("act.call")} <kbd>C</kbd>
      </button>
      <span class="draft" role="status">
        {draftKept.value && (
          <>
            <PlainSign sign="warn" /> {t("call.kept")}
          </>
        )}
      </span>
      <SourceButton />
      <PatrolButton />
      <button type="button" onClick={() => (box.value = "help")} aria-label={t("help.open")}>
        <kbd>?</kbd>
      </button>
      <button type="button" onClick={toggleTheme} aria-label={theme.value === "dark" ? t("theme.light") : t("theme.dark")}>
        <PlainSign sign={theme.value === "dark" ? "sun" : "moon"} />
      </button>
      <button type="button" lang={other} onClick={() => chooseLanguage(other)}>
        {t("language.other")}
      </button>
      <span class="me">{me.value && personName(me.value.name)}</span>
    </nav>
  );
}
