import { doubtful, happenings, linkState } from "../feed/model";
import type { Happening } from "../feed/wire";
import { shortTime } from "../i18n/format";
import { say, t } from "../i18n/language";
import { StaleNote } from "../ui/linkage";

const SHOWN = 40;

/** What happened, newest on top, without motion. */
export function Ticker() {
  const newest = happenings
    .values()
    .sort((a, b) => b.time.localeCompare(a.time))
    .slice(0, SHOWN);
  return (
    <section class="ticker" aria-labelledby="ticker-title" data-doubtful={doubtful.value}>
      <h2 id="ticker-title">
        {t("ticker.title")} <StaleNote />
      </h2>
      {newest.length === 0 && (
        <p class="quiet">{linkState.value === "connecting" ? t("ticker.wait") : t("ticker.quiet")}</p>
      )}
      <ol>
        {newest.map((happening) => (
          <Line key={happening.id} happening={happening} />
        ))}
      </ol>
    </section>
  );
}

function Line({ happening }: { happening: Happening }) {
  const where = happening.place ?? happening.ward?.name;
  return (
    <li class={`s${happening.severity}`} data-event={happening.id}>
      <time class="num" dateTime={happening.time}>
        {shortTime(happening.time)}
      </time>
      <span class="what">
        {say(happening.title)}
        {where && <span class="where"> {where}</span>}
      </span>
    </li>
  );
}
