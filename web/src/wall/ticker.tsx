import { doubtful, happenings, linkState } from "../feed/model";
import type { Happening } from "../feed/wire";
import { shortTime } from "../i18n/format";
import { say, t } from "../i18n/language";
import { StaleNote } from "../ui/linkage";
import { ModuleSign } from "../ui/signs";

const SHOWN = 40;

/** What happened, newest on top, without motion. */
export function Ticker() {
  const newest = joined(told(happenings.values())).slice(0, SHOWN);
  return (
    <section class="ticker" aria-labelledby="ticker-title" data-doubtful={doubtful.value}>
      <h2 id="ticker-title">
        {t("ticker.title")} <StaleNote />
      </h2>
      {newest.length === 0 && (
        <p class="quiet">{linkState.value === "connecting" ? t("ticker.wait") : t("ticker.quiet")}</p>
      )}
      <ol>
        {newest.map(({ key, happening, times }) => (
          <Line key={key} happening={happening} times={times} />
        ))}
      </ol>
    </section>
  );
}

/** The desk's own lines say the same of these. */
const SAID_BY_THE_DESK: ReadonlySet<string> = new Set(["incident.attached", "citizen.report.updated"]);

/** Newest first, and each thing once: the desk's "opened" repeats the words of what opened it. */
function told(all: readonly Happening[]): Happening[] {
  const opened = new Map<string, string>();
  for (const one of all) if (one.type === "incident.opened") opened.set(one.correlation, one.title.vi);
  const repeats = (one: Happening) =>
    SAID_BY_THE_DESK.has(one.type) ||
    (one.type !== "incident.opened" && opened.get(one.correlation)?.endsWith(one.title.vi) === true);
  const later = all.toReversed(); // of one moment, what came last stands on top
  return later.filter((one) => !repeats(one)).sort((a, b) => b.time.localeCompare(a.time));
}

interface Repeated {
  readonly key: string;
  readonly happening: Happening;
  readonly times: number;
}

/** What repeats itself within one story in the same words is one line, at its newest time: a sensor that tells
 * something every few seconds must not push everything else off the wall. */
function joined(newestFirst: readonly Happening[]): Repeated[] {
  const lines = new Map<string, Repeated>();
  for (const happening of newestFirst) {
    const key = [happening.type, happening.correlation, happening.title.vi].join("\n");
    const line = lines.get(key) ?? { key, happening, times: 0 };
    lines.set(key, { ...line, times: line.times + 1 });
  }
  return [...lines.values()];
}

/** The ward, or the place where no ward is known, unless the title says it already. */
function placeOf(happening: Happening): string | null {
  const title = say(happening.title);
  const ward = happening.ward && !title.includes(happening.ward.name) ? happening.ward.name : null;
  const place = happening.place && !title.includes(happening.place) ? happening.place : null;
  return ward ?? (happening.ward ? null : place);
}

function Line({ happening, times }: { happening: Happening; times: number }) {
  const where = placeOf(happening);
  return (
    <li class={`s${happening.severity}`} data-event={happening.id}>
      <time class="num" dateTime={happening.time}>
        {shortTime(happening.time)}
      </time>
      <ModuleSign module={happening.module} />
      <span class="what">
        {times > 1 && <span class="times num">{t("ticker.times", { n: times })} · </span>}
        {say(happening.title)}
        {where && <span class="where"> {where}</span>}
      </span>
    </li>
  );
}
