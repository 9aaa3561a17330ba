import { useSignalEffect } from "@preact/signals";
import { city, me } from "../http/city";
import { call } from "../http/call";
import { chooseLanguage, language, say, t, type Word } from "../i18n/language";
import { named, personName } from "../i18n/names";
import { Band } from "../ui/ribbon";
import { PlainSign } from "../ui/signs";
import { theme, toggleTheme } from "../ui/theme";
import { Modules } from "./health";

const SCREENS: readonly (readonly [path: string, name: Word, text: Word])[] = [
  ["/wall", "home.wall", "home.wall.text"],
  ["/console", "home.console", "home.console.text"],
  ["/console/cameras", "home.cameras", "home.cameras.text"],
  ["/report", "home.report", "home.report.text"],
];
const MACHINES: readonly (readonly [path: string, name: Word])[] = [
  ["/openapi.json", "home.api"],
  ["/ogc", "home.ogc"],
  ["/open311/v2/discovery.json", "home.open311"],
  ["/readyz", "home.ready"],
];
const ROLES = ["anyone", "wall", "operator", "supervisor", "admin"] as const;

export function Home() {
  useSignalEffect(() => {
    document.title = `${city.value ? say(city.value.name) : t("app.short")} · ${t("app.name")}`;
  });
  return (
    <div class="home">
      <header>
        <div>
          <h1>{city.value ? say(city.value.name) : t("app.short")}</h1>
          <p>{t("app.name")}</p>
        </div>
        <Tools />
        {city.value?.demo && <Band />}
      </header>
      <main id="main">
        <p class="lead">{t("home.lead")}</p>
        {city.value?.demo && <p class="quiet">{t("simulated.long")}.</p>}
        <section aria-labelledby="screens">
          <h2 id="screens">{t("home.screens")}</h2>
          <ul class="screens">
            {SCREENS.map(([path, name, text]) => (
              <li key={path}>
                <a href={path}>
                  <strong>{t(name)}</strong>
                  <span>{t(text)}</span>
                </a>
              </li>
            ))}
          </ul>
        </section>
        <Modules />
        <section aria-labelledby="machines">
          <h2 id="machines">{t("home.machine")}</h2>
          <ul class="machines">
            {MACHINES.map(([path, name]) => (
              <li key={path}>
                <a href={path}>
                  {t(name)} <code>{path}</code>
                </a>
              </li>
            ))}
          </ul>
        </section>
        {city.value?.demo && <RoleChoice />}
      </main>
    </div>
  );
}

function Tools() {
  const other = language.value === "vi" ? "en" : "vi";
  const who = me.value;
  return (
    <nav class="tools" aria-label={t("console.tools")}>
      {who && who.role !== "anyone" && <span class="quiet">{t("home.signedin", { name: personName(who.name) })}</span>}
      {who && !city.value?.demo && (who.role === "anyone" ? <a href="/login">{t("signin")}</a> : <SignOut />)}
      <button type="button" onClick={toggleTheme} aria-label={theme.value === "dark" ? t("theme.light") : t("theme.dark")}>
        <PlainSign sign={theme.value === "dark" ? "sun" : "moon"} />
      </button>
      <button type="button" lang={other} onClick={() => chooseLanguage(other)}>
        {t("language.other")}
      </button>
    </nav>
  );
}

function SignOut() {
  const leave = async () => {
    await call("DELETE", "/api/v1/session");
    location.reload();
  };
  return (
    <button type="button" onClick={() => void leave()}>
      {t("signout")}
    </button>
  );
}

/** Trial runs only: the server takes the role from this cookie on loopback and nowhere else. */
function RoleChoice() {
  const choose = (role: string) => {
    document.cookie = `ioc-role=${role}; path=/; SameSite=Strict`;
    location.reload();
  };
  return (
    <section class="role" aria-labelledby="role">
      <h2 id="role">{t("home.role")}</h2>
      <p class="quiet">{t("home.role.note")}</p>
      <div class="buttons">
        {ROLES.map((role) => (
          <button key={role} type="button" aria-pressed={me.value?.role === role} onClick={() => choose(role)}>
            {named("role", role)}
          </button>
        ))}
      </div>
    </section>
  );
}
