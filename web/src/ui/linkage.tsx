import { useMemo } from "preact/hooks";
import { serverNow } from "../feed/clock";
import type { Link } from "../feed/link";
import { doubtful, linkState, silenceMs } from "../feed/model";
import { clockTime, span, tenths } from "../i18n/format";
import { language, t } from "../i18n/language";
import { PlainSign } from "./signs";

/** State of the link with the age of the last word: shape, word and number together. */
export function LinkPill() {
  const state = linkState.value;
  const age = tenths(silenceMs.value / 1000);
  return (
    <div class={`link ${state}`} data-testid="link">
      <span class="dot" aria-hidden="true" />
      <span class="word">{t(`link.${state}`)}</span>
      {state !== "connecting" && <span class="num age">{t("link.age", { age })}</span>}
    </div>
  );
}

/** The full-width bar of a lost connection, ours or the server's own to its database. The region stays in the page so
 * that its words are spoken. */
export function LostBar({ link }: { link: Link }) {
  const lost = linkState.value === "lost";
  const away = link.storeAway.value;
  return (
    <div class="lostbar" role="alert" hidden={!lost && away === null}>
      {lost ? <LostWords link={link} /> : away !== null && <AwayWords ms={away * 1000} />}
    </div>
  );
}

function AwayWords({ ms }: { ms: number }) {
  return (
    <>
      <PlainSign sign="unlink" />
      <strong>{t("away.title")}</strong>
      <span aria-live="off">{t("away.since", { time: clockTime(serverNow() - ms), span: span(ms) })}</span>
    </>
  );
}

function LostWords({ link }: { link: Link }) {
  const error = link.error.value;
  return (
    <>
      <PlainSign sign="unlink" />
      <strong>{t("lost.title")}</strong>
      {error ? (
        <span>
          {error[language.value]} <a href={`/login?next=${location.pathname}`}>{t("signin")}</a>
        </span>
      ) : (
        <Since link={link} />
      )}
    </>
  );
}

function Since({ link }: { link: Link }) {
  const attempts = link.attempts.value;
  const stopped = useMemo(() => serverNow() - silenceMs.peek(), []);
  return (
    <span aria-live="off">
      {link.hello.value
        ? t("lost.since", { time: clockTime(stopped), span: span(silenceMs.value) })
        : t("lost.never")}
      {attempts > 0 && ` · ${t("lost.retry", { n: attempts })}`}
    </span>
  );
}

/** Says beside a group of values that they are old; nothing while the link is live. */
export function StaleNote() {
  if (!doubtful.value) return null;
  return <span class="stale-note num">{t("stale.note", { span: span(Math.floor(silenceMs.value / 1000) * 1000) })}</span>;
}
