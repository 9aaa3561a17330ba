import { useSignal, useSignalEffect } from "@preact/signals";
import { cams, happenings } from "../feed/model";
import { second } from "../feed/clock";
import type { Incident } from "../feed/wire";
import { clockTime, dayAndClock, number } from "../i18n/format";
import { say, t } from "../i18n/language";
import { leaving } from "../release/releasebox";
import { locked, openIncident, opened } from "./choice";
import { ClipPlayer } from "./clipplayer";
import { box } from "./commands";
import { evidences, followEvidence, type Evidence } from "./evidences";

const SHORT = 12;

/** What the cameras kept of the incident. No picture is fetched before somebody asks: each look is recorded. */
export function EvidencePanel({ incident }: { incident: Incident }) {
  useSignalEffect(() => {
    const id = opened.value;
    const correlation = openIncident.value?.correlation;
    happenings.values().filter((one) => one.correlation === correlation).length; // each may bring one
    return id ? followEvidence(id) : undefined;
  });
  const found = evidences.value;
  if (!found || found.length === 0) return null;
  return (
    <section class="evidence" aria-labelledby="evidence-title" data-evidence-of={incident.id}>
      <h3 id="evidence-title">{t("evidence.title")}</h3>
      <p class="quiet">{t("evidence.note")}</p>
      <ul>
        {found.map((one) => (
          <One key={one.id} one={one} />
        ))}
      </ul>
    </section>
  );
}

function One({ one }: { one: Evidence }) {
  const open = useSignal<"snapshot" | "clip" | null>(null);
  const name = cams.get(one.camera)?.name ?? one.camera;
  const toggle = (what: "snapshot" | "clip") => (open.value = open.value === what ? null : what);
  return (
    <li data-evidence={one.id}>
      <p class="evidence-head">
        <strong>{name}</strong>
        <span class="num">{dayAndClock(one.at, second.value)}</span>
        <span class={one.state === "missed" ? "warn" : "quiet"}>{t(`evidence.${one.state}`)}</span>
        {one.simulated && <span class="quiet">{t("camera.simulated")}</span>}
        {one.held && <span class="chip">{t("evidence.held")}</span>}
      </p>
      {one.reason && <p class="warn">{say(one.reason)}</p>}
      <Doubts one={one} />
      <div class="buttons">
        {one.snapshot && (
          <button type="button" aria-expanded={open.value === "snapshot"} onClick={() => toggle("snapshot")}>
            {t("evidence.snapshot")}
          </button>
        )}
        {one.clip && (
          <button type="button" aria-expanded={open.value === "clip"} onClick={() => toggle("clip")}>
            {t("evidence.clip", { from: clockTime(one.clip.from), until: clockTime(one.clip.until) })}
          </button>
        )}
      </div>
      {open.value === "snapshot" && one.snapshot && (
        <figure>
          <img src={one.snapshot.url} alt={t("evidence.picture", { name, time: clockTime(one.snapshot.at) })} data-testid="snapshot" />
          <Hash sha256={one.snapshot.sha256} />
          <Leave word={t("release.open")} what={{ evidence: one.id }} />
        </figure>
      )}
      {open.value === "clip" && one.clip && (
        <figure>
          <ClipPlayer url={one.clip.url} name={name} />
          <Hash sha256={one.clip.sha256} />
          <Leave word={t("release.open.clip")} what={{ evidence: one.id, clip: true }} />
        </figure>
      )}
    </li>
  );
}

function Leave({ word, what }: { word: string; what: NonNullable<typeof leaving.value> }) {
  return (
    <p>
      <button
        type="button"
        disabled={locked.value !== null}
        onClick={() => {
          leaving.value = what;
          box.value = "release";
        }}
      >
        {word}
      </button>
    </p>
  );
}

/** What weakens it: pictures that are missing, a clock nobody vouches for. */
function Doubts({ one }: { one: Evidence }) {
  const doubts = [
    one.clip && one.clip.missing_s > 0 && t("evidence.missing", { n: number(one.clip.missing_s) }),
    one.clock?.synchronised === false && t("evidence.clock"),
    one.clock && Math.abs(one.clock.jump_s) > 0 && t("evidence.jump", { n: number(one.clock.jump_s) }),
  ].filter(Boolean);
  return doubts.length > 0 ? <p class="warn">{doubts.join(" · ")}</p> : null;
}

function Hash({ sha256 }: { sha256: string }) {
  return (
    <figcaption class="quiet">
      SHA-256 <code title={sha256}>{sha256.slice(0, SHORT)}…</code>
    </figcaption>
  );
}
