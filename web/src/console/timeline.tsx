import { second } from "../feed/clock";
import { dayAndClock } from "../i18n/format";
import { isWord, say, t } from "../i18n/language";
import { moduleName, personName } from "../i18n/names";
import { assigneeName, outcomeName } from "./names";
import { revealed, timeline, type Entry } from "./story";

/** Who did what and when, newest first. */
export function Timeline() {
  const entries = timeline.value;
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <h3 id="timeline-title">{t("detail.timeline")}</h3>
      {entries === "failed" && <p class="warn">{t("detail.timeline.failed")}</p>}
      {entries !== null && entries !== "failed" && (
        <ol>
          {[...entries].reverse().map((entry) => (
            <Step key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
      {Array.isArray(entries) && entries.length === 0 && <p class="quiet">{t("detail.timeline.empty")}</p>}
    </section>
  );
}

function Step({ entry }: { entry: Entry }) {
  const word = `step.${entry.type}`;
  const what = isWord(word) ? t(word) : entry.title ? say(entry.title) : entry.type;
  const more = [assigneeName(entry.unit ?? entry.agency ?? null), outcomeName(entry.outcome ?? null)];
  const note = revealed.value?.notes[entry.id];
  return (
    <li>
      <time class="num" dateTime={entry.at}>
        {dayAndClock(entry.at, second.value)}
      </time>
      <div>
        <span class="what">{[what, ...more].filter(Boolean).join(": ")}</span>
        <span class="who">{entry.by ? personName(entry.by) : moduleName(entry.module)}</span>
        {note && <p class="note">{note}</p>}
        {entry.note_ref && !note && <p class="quiet">{t("note.covered")}</p>}
      </div>
    </li>
  );
}
