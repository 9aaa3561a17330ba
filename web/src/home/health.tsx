import { signal } from "@preact/signals";
import type { ModuleRow } from "../http/city";
import { call, Refusal } from "../http/call";
import { clockTime, number, span } from "../i18n/format";
import { say, t } from "../i18n/language";
import type { Text } from "../feed/wire";

const AGAIN_MS = 5_000;

const rows = signal<readonly ModuleRow[] | null>(null);
const failure = signal<Text | null>(null);

/** Asks how the modules are, every five seconds while the page is seen. */
export function watchModules(): void {
  void ask();
  setInterval(() => document.hidden || void ask(), AGAIN_MS);
}

async function ask(): Promise<void> {
  try {
    rows.value = (await call<{ modules: readonly ModuleRow[] }>("GET", "/api/v1/modules")).modules;
    failure.value = null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    failure.value = error.text;
  }
  document.body.dataset.state = failure.value ? "lost" : "live";
}

/** What a module brought in today; the platform's own parts count nothing of their own. */
function eventsOf(row: ModuleRow): string {
  if (row.platform || typeof row.events_today !== "number") return "";
  return t("module.events", { n: number(row.events_today) });
}

/** State, words and age of every module. */
export function Modules() {
  return (
    <section class="modules" aria-labelledby="modules-title" data-doubtful={failure.value !== null}>
      <h2 id="modules-title">{t("module.health")}</h2>
      {failure.value && (
        <p class="warn" role="alert">
          {say(failure.value)}
        </p>
      )}
      {rows.value === null && !failure.value && <p class="quiet">{t("module.none")}</p>}
      <ul>
        {(rows.value ?? []).map((row) => (
          <li key={row.name} class={row.state} data-module={row.name}>
            <span class="dot" aria-hidden="true" />
            <strong>{say(row.title)}</strong>
            <span class="word">{t(`module.${row.state}`)}</span>
            <span class="num quiet">{row.age_s === null ? "–" : span(row.age_s * 1000)}</span>
            <span class="num quiet">{eventsOf(row)}</span>
            {row.restarts ? (
              <span class="detail">
                {t("module.restarts", { n: number(row.restarts) })}
                {row.ended && row.ended_at ? `, ${clockTime(row.ended_at)}: ${say(row.ended)}` : ""}
              </span>
            ) : null}
            {row.detail && (row.state !== "live" || row.name === "broker") && <span class="detail">{say(row.detail)}</span>}
            {row.standby?.map((one) => (
              <span class="detail" key={one.host + one.since}>
                {t("module.standby", { host: one.host, holder: one.holder })}
              </span>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
