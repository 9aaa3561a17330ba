import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { say, t } from "../i18n/language";
import type { CityMap } from "../map/citymap";
import { change, draft, form, leave, saving, send, SERVICES, wrong, type Question } from "./calls";
import { picking, point } from "./choice";
import { PointChooser } from "./place";

/** Intake of a call: nothing is required but the service, because a caller may say little. */
export function CallFormPanel({ map }: { map: Signal<CityMap | null> }) {
  useEffect(() => {
    picking.value = "call";
    point.value = draft.peek().at;
    document.getElementById("call-narrative")?.focus();
    return () => {
      change({ at: point.peek() });
      [picking.value, point.value] = [null, null];
    };
  }, []);
  const said = draft.value;
  const asked = form.value.questions.filter((question) => question.services.includes(said.service));
  return (
    <section class="detail call" aria-labelledby="call-title">
      <form
        class="form detail-scroll"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <h2 id="call-title">{t("call.title")}</h2>
        <ServiceChoice />
        <Line id="call-narrative" label={t("call.narrative")} field="narrative">
          <textarea
            id="call-narrative"
            rows={3}
            maxLength={4000}
            value={said.narrative}
            onInput={(event) => change({ narrative: event.currentTarget.value })}
          />
        </Line>
        <CategoryChoice />
        <fieldset>
          <legend>{t("call.where")}</legend>
          <Line id="call-address" label={t("call.address")} field="address">
            <input id="call-address" value={said.address} onInput={(event) => change({ address: event.currentTarget.value })} />
          </Line>
          <p class={point.value ? "quiet" : "warn"}>{point.value ? t("locate.how") : t("call.nopoint")}</p>
          <PointChooser map={map} />
          <Wrong field="location.lat" />
        </fieldset>
        <fieldset class="pair">
          <legend>{t("call.caller")}</legend>
          <Line id="call-name" label={t("field.name")} field="caller.name">
            <input id="call-name" autocomplete="off" value={said.name} onInput={(event) => change({ name: event.currentTarget.value })} />
          </Line>
          <Line id="call-phone" label={t("field.phone")} field="caller.phone">
            <input
              id="call-phone"
              type="tel"
              autocomplete="off"
              value={said.phone}
              onInput={(event) => change({ phone: event.currentTarget.value })}
            />
          </Line>
        </fieldset>
        {asked.length > 0 && (
          <fieldset class="pair">
            <legend>{t("call.ask")}</legend>
            {asked.map((question) => (
              <Ask key={question.code} question={question} />
            ))}
          </fieldset>
        )}
        <div class="buttons">
          <button type="button" onClick={leave}>
            {t("cancel")}
          </button>
          <button type="submit" class="first" disabled={saving.value}>
            {saving.value ? `${t("act.sending")}…` : t("call.send")}
          </button>
        </div>
      </form>
    </section>
  );
}

function ServiceChoice() {
  const said = draft.value;
  return (
    <div class="pair">
      <fieldset class="choices inline">
        <legend>{t("call.service")}</legend>
        {SERVICES.map((service) => (
          <label key={service}>
            <input
              type="radio"
              name="service"
              checked={said.service === service}
              onChange={() => change({ service, dialled: service, category: "" })}
            />
            {t(`call.${service}`)}
          </label>
        ))}
      </fieldset>
      <Line id="call-dialled" label={t("call.dialled")} field="number_dialled">
        <select
          id="call-dialled"
          value={said.dialled}
          onChange={(event) => {
            const dialled = SERVICES.find((one) => one === event.currentTarget.value);
            if (dialled) change({ dialled });
          }}
        >
          {SERVICES.map((service) => (
            <option key={service}>{service}</option>
          ))}
        </select>
      </Line>
    </div>
  );
}

function CategoryChoice() {
  const said = draft.value;
  const kinds = form.value.categories.filter((category) => category.service === said.service);
  if (kinds.length === 0) return null;
  return (
    <Line id="call-category" label={t("detail.category")} field="category">
      <select id="call-category" value={said.category} onChange={(event) => change({ category: event.currentTarget.value })}>
        <option value="">{t("call.judged")}</option>
        {kinds.map((category) => (
          <option key={category.code} value={category.code}>
            {say(category.name)}
          </option>
        ))}
      </select>
    </Line>
  );
}

function Ask({ question }: { question: Question }) {
  const id = `ask-${question.code}`;
  const value = draft.value.answers[question.code] ?? "";
  const give = (text: string) => change({ answers: { ...draft.peek().answers, [question.code]: text } });
  return (
    <Line id={id} label={say(question.text)} field={`answers.${question.code}`}>
      {question.answer === "yes_no" ? (
        <select id={id} value={value} onChange={(event) => give(event.currentTarget.value)}>
          <option value="">{t("call.unknown")}</option>
          <option value="yes">{t("call.yes")}</option>
          <option value="no">{t("call.no")}</option>
        </select>
      ) : (
        <input
          id={id}
          type={question.answer}
          {...(question.answer === "number" ? { min: 0 } : {})}
          value={value}
          onInput={(event) => give(event.currentTarget.value)}
        />
      )}
    </Line>
  );
}

function Line(props: { id: string; label: string; field: string; children: ComponentChildren }) {
  return (
    <div class="line">
      <label for={props.id}>{props.label}</label>
      {props.children}
      <Wrong field={props.field} />
    </div>
  );
}

function Wrong({ field }: { field: string }) {
  const text = wrong.value[field];
  return text ? <p class="wrong">{say(text)}</p> : null;
}
