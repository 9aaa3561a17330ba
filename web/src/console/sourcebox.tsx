import { useSignal } from "@preact/signals";
import { second } from "../feed/clock";
import { sources } from "../feed/model";
import type { Life, Source } from "../feed/wire";
import { Refusal } from "../http/call";
import { postOnce } from "../http/once";
import { me } from "../http/city";
import { folded, number, span } from "../i18n/format";
import { say, t } from "../i18n/language";
import { moduleName } from "../i18n/names";
import { Dialog } from "../ui/dialog";
import { ModuleSign } from "../ui/signs";
import { locked } from "./choice";

const LIVES: readonly Life[] = ["live", "maintenance", "commissioning"];
const LEAST_REASON = 3;

/** Every source with its state and age, the faulty first; a supervisor moves one through its life with a reason. */
export function SourceBox({ shut }: { shut: () => void }) {
  const sought = useSignal("");
  const open = useSignal<string | null>(null);
  const may = me.value?.role === "supervisor" || me.value?.role === "admin";
  const fits = (one: Source) => folded(`${one.name} ${one.key} ${moduleName(one.module)}`).includes(folded(sought.value.trim()));
  const rows = sources.values().filter(fits).sort(byFault);
  return (
    <Dialog title={t("sources.title")} onClose={shut}>
      <div class="sourcebox">
        <input
          type="search"
          autofocus
          aria-label={t("sources.search")}
          placeholder={t("sources.search")}
          value={sought.value}
          onInput={(event) => (sought.value = event.currentTarget.value)}
        />
        <p class="quiet">
          {may ? t("sources.note") : t("sources.watch")} <a href="/console/cameras">{t("setup.title")}</a>
        </p>
        {rows.length === 0 && <p class="quiet">{t("source.none")}</p>}
        <ul>
          {rows.map((one) => (
            <li key={one.id} data-source={one.id}>
              <SourceRow source={one} />
              {may && (
                <button type="button" aria-expanded={open.value === one.id} onClick={() => (open.value = open.value === one.id ? null : one.id)}>
                  {t("sources.change")}
                </button>
              )}
              {open.value === one.id && <LifeForm source={one} done={() => (open.value = null)} />}
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

function byFault(a: Source, b: Source): number {
  const rank = (one: Source) => (one.life !== "live" ? 1 : one.state === "live" ? 2 : 0);
  return rank(a) - rank(b) || a.name.localeCompare(b.name, "vi");
}

function SourceRow({ source }: { source: Source }) {
  const at = source.last_at ?? source.since;
  const bad = source.life === "live" && source.state !== "live";
  return (
    <div class="source-row">
      <ModuleSign module={source.module} />
      <span class="source-name">{source.name}</span>
      <span class={bad ? "warn" : ""}>
        {source.life === "live" ? t(`source.${source.state}`) : t(`life.${source.life}`)}
      </span>
      <span class="num">{at ? span(second.value - Date.parse(at)) : "–"}</span>
      <span class="quiet num">{figures(source)}</span>
      {source.reason && <span class="source-reason warn">{say(source.reason)}</span>}
    </div>
  );
}

function figures(source: Source): string {
  return [
    source.period_s && t("sources.period", { n: span(source.period_s * 1000) }),
    source.good_share !== null && t("sources.good", { n: number(source.good_share * 100, 0) }),
    source.clock_off_s !== null && t("sources.clock", { n: number(source.clock_off_s) }),
  ]
    .filter(Boolean)
    .join(" · ");
}

function LifeForm({ source, done }: { source: Source; done: () => void }) {
  const life = useSignal<Life>(source.life);
  const reason = useSignal("");
  const busy = useSignal(false);
  const refused = useSignal("");
  const said = reason.value.trim();
  const ready = life.value !== source.life && said.length >= LEAST_REASON && !busy.value && locked.value === null;
  const send = async () => {
    busy.value = true;
    try {
      await postOnce(`/api/v1/sources/${encodeURIComponent(source.id)}/life`, { life: life.value, reason: said });
      done();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.value = say(error.text);
    } finally {
      busy.value = false;
    }
  };
  return (
    <form
      class="life-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void send();
      }}
    >
      <select aria-label={t("sources.life")} value={life.value} onChange={(event) => (life.value = event.currentTarget.value as Life)}>
        {LIVES.map((one) => (
          <option key={one} value={one}>
            {t(`life.${one}`)}
          </option>
        ))}
      </select>
      <input
        autofocus
        maxLength={500}
        aria-label={t("sources.reason")}
        placeholder={t("sources.reason")}
        value={reason.value}
        onInput={(event) => (reason.value = event.currentTarget.value)}
      />
      <button type="submit" class="first" disabled={!ready}>
        {busy.value ? `${t("act.sending")}…` : t("sources.save")}
      </button>
      {refused.value && (
        <p class="wrong" role="alert">
          {refused.value}
        </p>
      )}
    </form>
  );
}
