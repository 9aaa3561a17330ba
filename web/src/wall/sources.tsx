import { second } from "../feed/clock";
import { doubtful, sources } from "../feed/model";
import type { Source } from "../feed/wire";
import { span } from "../i18n/format";
import { say, t } from "../i18n/language";

/** So many faulty sources are named; the rest are counted. */
const NAMED = 3;

/** Sources in the footer: how many speak, which do not and since when. Those not yet or not now live stand apart. */
export function SourceLine() {
  const all = sources.values();
  if (doubtful.value) return <p class="sourceline">{t("source.unknown.all")}</p>;
  if (all.length === 0) return <p class="sourceline">{t("source.none")}</p>;
  const live = all.filter((one) => one.life === "live");
  const bad = live.filter((one) => one.state !== "live").sort(byGravity);
  const count = (life: Source["life"]) => all.filter((one) => one.life === life).length;
  const [waiting, resting] = [count("commissioning"), count("maintenance")];
  return (
    <p class="sourceline" data-testid="sources">
      <span class={bad.length > 0 ? "warn num" : "num"}>
        {t("source.summary", { good: live.length - bad.length, all: live.length })}
      </span>
      {bad.slice(0, NAMED).map((one) => (
        <span key={one.id} class="warn num">
          {one.name} {t(`source.${one.state}`)}
          {one.state === "doubtful" ? one.reason && `: ${say(one.reason)}` : ` ${quietFor(one)}`}
        </span>
      ))}
      {bad.length > NAMED && <span class="warn num">{t("source.more", { n: bad.length - NAMED })}</span>}
      {resting > 0 && <span class="num">{t("source.resting", { n: resting })}</span>}
      {waiting > 0 && <span class="num">{t("source.trial", { n: waiting })}</span>}
    </p>
  );
}

const GRAVITY: readonly Source["state"][] = ["unavailable", "silent", "unknown", "doubtful", "late", "waiting", "live"];

function byGravity(a: Source, b: Source): number {
  return GRAVITY.indexOf(a.state) - GRAVITY.indexOf(b.state) || (a.last_at ?? "").localeCompare(b.last_at ?? "");
}

function quietFor(source: Source): string {
  const since = source.last_at ?? source.since;
  return since ? span(second.value - Date.parse(since)) : "";
}
