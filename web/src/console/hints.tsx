import type { Incident } from "../feed/wire";
import { isWord, t } from "../i18n/language";

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The number for people of a call or report that another fact points to. */
function numberOf(other: unknown): string {
  return isObject(other) ? String(other.number ?? other.id ?? "") : String(other);
}

function duplicatesOf(incident: Incident): string[] {
  const found = incident.facts.possible_duplicate_of;
  if (found === null || found === undefined) return [];
  return (Array.isArray(found) ? found : [found]).map(numberOf).filter(Boolean);
}

/** What the modules found out beside the incident itself; a duplicate is only ever suggested. */
export function Hints({ incident }: { incident: Incident }) {
  const others = duplicatesOf(incident);
  return (
    <>
      {typeof incident.facts.danger === "string" && <p class="suggestion warn">{t("detail.danger")}</p>}
      {others.length > 0 && (
        <p class="suggestion">
          <strong>{t("detail.duplicate", { n: others.join(", ") })}.</strong> {t("detail.duplicate.note")}.
        </p>
      )}
      <Transfer fact={incident.facts.transfer} />
    </>
  );
}

/** How far the service is that was asked to take a call. */
function Transfer({ fact }: { fact: unknown }) {
  if (!isObject(fact) || typeof fact.state !== "string") return null;
  const word = `transfer.${fact.state}`;
  return (
    <p class={`suggestion ${fact.state === "unanswered" ? "warn" : ""}`}>
      <strong>{t("transfer.title", { service: String(fact.service ?? "") })}:</strong> {isWord(word) ? t(word) : fact.state}
    </p>
  );
}
