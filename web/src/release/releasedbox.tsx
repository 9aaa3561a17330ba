import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { second } from "../feed/clock";
import type { Text } from "../feed/wire";
import { Refusal } from "../http/call";
import { dayAndClock } from "../i18n/format";
import { say, t } from "../i18n/language";
import { personName } from "../i18n/names";
import { Dialog } from "../ui/dialog";
import { readReleases, withdrawRelease, type Page, type Release } from "./released";

const LEAST_REASON = 5;
const MOST_REASON = 200;
const SHORT = 12;

/** What left the control room, newest first; each can be taken back with a reason. */
export function ReleasedBox({ shut }: { shut: () => void }) {
  const page = useSignal<Page | null>(null);
  const refused = useSignal<Text | null>(null);
  const said = useSignal("");
  const read = async (before: string | null) => {
    try {
      const more = await readReleases(before);
      const known = before === null ? [] : (page.peek()?.releases ?? []);
      page.value = { releases: [...known, ...more.releases], next: more.next };
      refused.value = null;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.value = error.text;
    }
  };
  useEffect(() => void read(null), []);
  const known = page.value;
  const withdrawn = (release: Release) => {
    said.value = t("released.done", { name: release.name });
    void read(null);
  };
  return (
    <Dialog title={t("released.title")} onClose={shut}>
      <div class="released">
        <p class="quiet">{t("released.note")}</p>
        <p role="status">{said.value}</p>
        <p class="wrong" role="alert">
          {refused.value && say(refused.value)}
        </p>
        {!known && !refused.value && <p class="quiet">{t("blur.wait")}</p>}
        {known && known.releases.length === 0 && <p class="quiet">{t("released.none")}</p>}
        <ul>
          {known?.releases.map((release) => (
            <One key={release.id} release={release} withdrawn={() => withdrawn(release)} />
          ))}
        </ul>
        {known?.next && (
          <button type="button" onClick={() => void read(known.next)}>
            {t("released.more")}
          </button>
        )}
      </div>
    </Dialog>
  );
}

function One({ release, withdrawn }: { release: Release; withdrawn: () => void }) {
  const asking = useSignal(false);
  const { released, url } = release;
  return (
    <li data-release={release.id}>
      <p class="released-head">
        <strong>{release.name}</strong>
        <span class="num">{dayAndClock(release.taken_at, second.value)}</span>
        <span class={release.state === "withdrawn" ? "warn" : "quiet"}>{t(`released.${release.state}`)}</span>
        {release.kind === "clip" && <span class="quiet">{t("released.clip")}</span>}
        {release.simulated && <span class="quiet">{t("camera.simulated")}</span>}
      </p>
      {released && (
        <p>
          {released.purpose}{" "}
          <span class="quiet">
            {t("released.by", { who: personName(released.sign), time: dayAndClock(released.at, second.value) })} · SHA-256{" "}
            <code title={released.sha256}>{released.sha256.slice(0, SHORT)}…</code>
          </span>
        </p>
      )}
      {release.withdrawn && (
        <p class="warn">
          {t("released.withdrawn.by", { who: personName(release.withdrawn.sign), time: dayAndClock(release.withdrawn.at, second.value) })}{" "}
          {release.withdrawn.reason}
        </p>
      )}
      {release.state === "released" && !url && <p class="quiet">{t("released.gone")}</p>}
      {release.state === "released" && !asking.value && (
        <div class="buttons">
          {url && (
            <a href={url} download>
              {t(release.kind === "clip" ? "release.take.clip" : "release.take")}
            </a>
          )}
          <button type="button" onClick={() => (asking.value = true)}>
            {t("released.withdraw")}
          </button>
        </div>
      )}
      {release.state === "released" && asking.value && <Withdrawing release={release} withdrawn={withdrawn} leave={() => (asking.value = false)} />}
    </li>
  );
}

function Withdrawing({ release, withdrawn, leave }: { release: Release; withdrawn: () => void; leave: () => void }) {
  const reason = useSignal("");
  const busy = useSignal(false);
  const refused = useSignal<Text | null>(null);
  const words = reason.value.trim();
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []); // the button that had it is gone
  const send = async () => {
    busy.value = true;
    refused.value = await withdrawRelease(release.id, words);
    busy.value = false;
    if (!refused.value) withdrawn();
  };
  const field = `withdraw-${release.id}`;
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (words.length >= LEAST_REASON) void send();
      }}
    >
      <label for={field}>{t("released.why")}</label>
      <input id={field} ref={first} maxLength={MOST_REASON} value={reason.value} onInput={(event) => (reason.value = event.currentTarget.value)} />
      <p class="wrong" role="alert">
        {refused.value && say(refused.value)}
      </p>
      <div class="buttons">
        <button type="button" onClick={leave}>
          {t("cancel")}
        </button>
        <button type="submit" class="first" disabled={busy.value || words.length < LEAST_REASON}>
          {t("released.withdraw.send")}
        </button>
      </div>
    </form>
  );
}
