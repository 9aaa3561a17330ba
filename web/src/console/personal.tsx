import { useSignal } from "@preact/signals";
import type { Incident } from "../feed/wire";
import { t, type Word } from "../i18n/language";
import { PlainSign } from "../ui/signs";
import { fieldName, said } from "./names";
import { hide, reveal, revealed } from "./story";

const REASONS: Record<Incident["kind"], readonly Word[]> = {
  call: ["personal.reason.callback", "personal.reason.locate"],
  report: ["personal.reason.moderate", "personal.reason.callback", "personal.reason.locate"],
  event: ["personal.reason.locate"],
};
const SHORTEST_REASON = 5;

/** People's data stays covered until a reason is given; it covers itself again. */
export function Personal({ incident }: { incident: Incident }) {
  return (
    <section class="personal" aria-labelledby="personal-title">
      <h3 id="personal-title">
        <PlainSign sign="lock" /> {t("personal.title")}
      </h3>
      {revealed.value ? <Open /> : <Covered incident={incident} />}
    </section>
  );
}

function Covered({ incident }: { incident: Incident }) {
  const own = useSignal("");
  const failed = `${t("personal.title")} #${incident.number}`;
  return (
    <form
      class="why-form"
      onSubmit={(event) => {
        event.preventDefault();
        void reveal(incident.id, own.value.trim(), failed);
      }}
    >
      <label for="own-reason">{t("personal.why")}</label>
      {REASONS[incident.kind].map((word) => (
        <button key={word} type="button" onClick={() => void reveal(incident.id, t(word), failed)}>
          {t(word)}
        </button>
      ))}
      <input
        id="own-reason"
        value={own.value}
        maxLength={200}
        onInput={(event) => (own.value = event.currentTarget.value)}
      />
      <button type="submit" disabled={own.value.trim().length < SHORTEST_REASON}>
        {t("personal.show")}
      </button>
    </form>
  );
}

function Open() {
  const person = Object.entries(revealed.value?.person ?? {}).filter(([, text]) => text);
  return (
    <>
      {person.length === 0 && <p class="quiet">{t("personal.none")}</p>}
      <dl class="person">
        {person.map(([field, text]) => (
          <div key={field}>
            <dt>{fieldName(field)}</dt>
            <dd>{said(field, text)}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={hide}>
        {t("personal.hide")}
      </button>
    </>
  );
}
