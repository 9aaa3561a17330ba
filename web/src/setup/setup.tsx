import { useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Link } from "../feed/link";
import { cams, doubtful, linkState } from "../feed/model";
import { city, me } from "../http/city";
import { chooseLanguage, language, say, t } from "../i18n/language";
import { LinkPill, LostBar } from "../ui/linkage";
import { Ribbon } from "../ui/ribbon";
import { PlainSign } from "../ui/signs";
import { theme, toggleTheme } from "../ui/theme";
import { NewCamera } from "./adding";
import { followCounts } from "./counts";
import { CameraForm } from "./form";
import { OutOfService, RemovedCameras } from "./outofservice";
import { Shapes } from "./shapelist";
import { Stage } from "./stage";
import { adding, busy, choose, chosen, dirty, draft, editable, listed, load, mayChange, merged, refused, save, saved, trouble, undo } from "./store";

const CONFLICT = 412;

export function SetUpPage({ link }: { link: Link }) {
  useSignalEffect(() => {
    document.title = `${city.value ? say(city.value.name) : t("app.short")} · ${t("setup.title")}`;
  });
  useSignalEffect(() => link.watch(chosen.value));
  useSignalEffect(() => (chosen.value === null ? undefined : followCounts(chosen.value)));
  useSignalEffect(() => {
    const first = listed.value?.[0];
    if (chosen.value === null && first) void choose(first.id);
  });
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => dirty.peek() && event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, []);
  return (
    <div class="setup">
      <a class="skip" href="#main">
        {t("skip")}
      </a>
      <Top link={link} />
      <LostBar link={link} />
      <CameraList />
      <main id="main" class={doubtful.value ? "old" : ""}>
        {trouble.value && (
          <p class="note" role="alert">
            <PlainSign sign="warn" /> {say(trouble.value)}
          </p>
        )}
        {adding.value ? <NewCamera /> : <Chosen />}
      </main>
    </div>
  );
}

function Top({ link }: { link: Link }) {
  const other = language.value === "vi" ? "en" : "vi";
  return (
    <header class="setup-top">
      <h1>{t("setup.title")}</h1>
      <span class="quiet">{city.value && say(city.value.name)}</span>
      <a href="/console">{t("console.title")}</a>
      <Ribbon link={link} />
      <LinkPill />
      <button type="button" onClick={toggleTheme} aria-label={theme.value === "dark" ? t("theme.light") : t("theme.dark")}>
        <PlainSign sign={theme.value === "dark" ? "sun" : "moon"} />
      </button>
      <button type="button" lang={other} onClick={() => chooseLanguage(other)}>
        {t("language.other")}
      </button>
    </header>
  );
}

function CameraList() {
  return (
    <nav class="cameras" aria-label={t("layer.cameras")}>
      {mayChange.value && (
        <button type="button" class="new" aria-pressed={adding.value} onClick={() => (adding.value = true)}>
          + {t("setup.add")}
        </button>
      )}
      <ul>
        {listed.value?.map((one) => (
          <li key={one.id}>
            <button type="button" data-pick={one.id} aria-pressed={!adding.value && chosen.value === one.id} onClick={() => show(one.id)}>
              <strong>{one.name}</strong>
              <StateWords id={one.id} />
            </button>
          </li>
        ))}
      </ul>
      <RemovedCameras />
      {listed.value?.length === 0 && <p class="quiet">{t("camera.none")}</p>}
    </nav>
  );
}

/** Chooses a camera and brings its picture into sight, however far down the page was. */
function show(id: string): void {
  void choose(id);
  document.getElementById("main")?.scrollIntoView({ block: "start" });
}

function StateWords({ id }: { id: string }) {
  const cam = cams.get(id);
  if (!cam || linkState.value === "lost") return <span class="quiet">{t("camera.unknown")}</span>;
  if (cam.state === "ok") return <span class="quiet">{cam.note ? say(cam.note) : t("setup.ok")}</span>;
  return (
    <span class="warn">
      <PlainSign sign="warn" /> {t(`camera.${cam.state}`)}
      {cam.reason && `: ${say(cam.reason)}`}
    </span>
  );
}

function Chosen() {
  const id = chosen.value;
  if (id === null) return <p class="quiet">{t("camera.wait")}</p>;
  return (
    <>
      <div class="left">
        <Stage key={id} id={id} />
        <p class="quiet">{t("setup.hint")}</p>
        <Shapes />
      </div>
      <Saving />
      <CameraForm />
    </>
  );
}

function Saving() {
  const now = draft.value;
  const problem = refused.value;
  return (
    <section class="saving" aria-label={t("setup.saving")}>
      {now && now.setUp.own === null && <p class="note">{t("setup.nooverlay")}</p>}
      {me.value && !mayChange.value && <p class="note">{t("setup.lookonly")}</p>}
      {editable.value && (
        <div class="buttons">
          <button type="button" class="first" disabled={!dirty.value || busy.value || doubtful.value} onClick={() => void save()}>
            {busy.value ? `${t("login.wait")}…` : t("setup.save")}
          </button>
          <button type="button" disabled={!dirty.value || busy.value} onClick={undo}>
            {t("setup.undo")}
          </button>
          <OutOfService />
        </div>
      )}
      <p role="status">{saved.value ? t("setup.saved") : dirty.value ? t("setup.dirty") : ""}</p>
      <div role="status" data-testid="merged">
        {merged.value.map((one) => (
          <p key={`${one.id} ${one.how}`} class="note">
            {t(`setup.merged.${one.how}`, { id: one.id, now: one.now })}
          </p>
        ))}
      </div>
      <p class="wrong" role="alert">
        {problem && say(problem.text)}
      </p>
      {problem?.status === CONFLICT && now && (
        <button type="button" onClick={() => void load(now.row.id)}>
          {t("setup.again")}
        </button>
      )}
    </section>
  );
}
