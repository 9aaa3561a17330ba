import { useSignal, type Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { groupOf } from "../cases/groups";
import type { Incident } from "../feed/wire";
import { t } from "../i18n/language";
import type { CityMap } from "../map/citymap";
import { ReleaseBox } from "../release/releasebox";
import { ReleasedBox } from "../release/releasedbox";
import { Dialog } from "../ui/dialog";
import { act, type Asked } from "./acting";
import { AssignList } from "./assign";
import { locked, openIncident } from "./choice";
import { box, COMMANDS } from "./commands";
import { OUTCOMES } from "./names";
import { PatrolBox } from "./patrolbox";
import { PublishBox } from "./publishbox";
import { reject } from "./publishing";
import { JoinList } from "./together";
import { SourceBox } from "./sourcebox";

const LONGEST_TEXT = 4000;

const shut = () => (box.value = null);

/** The box that is open, if any. */
export function Boxes({ map }: { map: Signal<CityMap | null> }) {
  const incident = openIncident.value;
  if (box.value === "help") return <Help />;
  if (box.value === "sources") return <SourceBox shut={shut} />;
  if (box.value === "patrols") return <PatrolBox map={map} shut={shut} />;
  if (box.value === "release") return <ReleaseBox shut={shut} />;
  if (box.value === "released") return <ReleasedBox shut={shut} />;
  if (!incident) return null;
  const number = `#${incident.number}`;
  switch (box.value) {
    case "assign":
      return (
        <Dialog title={t("assign.title", { number })} onClose={shut}>
          <AssignList onPick={(asked) => send(incident, { action: "assign", ...asked })} />
        </Dialog>
      );
    case "join":
      return (
        <Dialog title={t("group.join", { number })} onClose={shut}>
          <JoinList incident={incident} onPick={(lead) => send(incident, { action: "join", lead })} />
        </Dialog>
      );
    case "note":
      return <NoteBox incident={incident} />;
    case "close":
      return <CloseBox incident={incident} />;
    case "reopen":
      return <ReopenBox incident={incident} />;
    case "reject":
      return <RejectBox incident={incident} />;
    case "publish":
      return <PublishBox incident={incident} shut={shut} />;
    default:
      return null;
  }
}

function send(incident: Incident, asked: Asked): void {
  shut();
  void act(incident.id, asked);
}

function Form(props: { title: string; ready: boolean; word: string; onSend: () => void; children: ComponentChildren }) {
  return (
    <Dialog title={props.title} onClose={shut}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (props.ready && locked.peek() === null) props.onSend();
        }}
      >
        {props.children}
        <div class="buttons">
          <button type="button" onClick={shut}>
            {t("cancel")}
          </button>
          <button type="submit" class="first" disabled={!props.ready || locked.value !== null}>
            {props.word}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Words(props: { label: string; value: string; onInput: (text: string) => void; hint?: string; first?: boolean }) {
  return (
    <>
      <label for="box-text">{props.label}</label>
      <textarea
        id="box-text"
        autofocus={props.first ?? true}
        rows={4}
        maxLength={LONGEST_TEXT}
        value={props.value}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      {props.hint && <p class="quiet">{props.hint}</p>}
    </>
  );
}

function NoteBox({ incident }: { incident: Incident }) {
  const text = useSignal("");
  return (
    <Form
      title={t("note.title", { number: `#${incident.number}` })}
      word={t("act.note")}
      ready={text.value.trim() !== ""}
      onSend={() => send(incident, { action: "note", text: text.value.trim() })}
    >
      <Words label={t("note.text")} value={text.value} onInput={(said) => (text.value = said)} hint={t("note.sealed")} />
    </Form>
  );
}

function CloseBox({ incident }: { incident: Incident }) {
  const outcome = useSignal<string | null>(null);
  const text = useSignal("");
  const all = useSignal(true);
  const group = groupOf(incident.id);
  const parts = group?.lead.id === incident.id ? group.parts.filter((one) => one.status !== "closed").length : 0;
  const said = text.value.trim();
  const ready = outcome.value !== null && (outcome.value !== "other" || said !== "");
  const finish = () => {
    if (outcome.value) send(incident, { action: "close", outcome: outcome.value, ...(said ? { text: said } : {}), ...(parts > 0 && all.value ? { parts: true } : {}) });
  };
  return (
    <Form title={t("closing.title", { number: `#${incident.number}` })} word={t("act.close")} ready={ready} onSend={finish}>
      <fieldset class="choices">
        <legend>{t("closing.outcome")}</legend>
        {OUTCOMES.map((one) => (
          <label key={one}>
            <input
              type="radio"
              name="outcome"
              value={one}
              autofocus={one === OUTCOMES[0]}
              checked={outcome.value === one}
              onChange={() => (outcome.value = one)}
            />
            {t(`closing.${one}`)}
          </label>
        ))}
      </fieldset>
      {parts > 0 && (
        <label>
          <input type="checkbox" checked={all.value} onChange={() => (all.value = !all.value)} data-testid="close-parts" />{" "}
          {t("closing.parts", { n: parts })}
        </label>
      )}
      <Words label={t("closing.text")} value={text.value} onInput={(words) => (text.value = words)} hint={t("note.sealed")} first={false} />
    </Form>
  );
}

function ReopenBox({ incident }: { incident: Incident }) {
  const text = useSignal("");
  return (
    <Form
      title={t("reopen.title", { number: `#${incident.number}` })}
      word={t("act.reopen")}
      ready={text.value.trim() !== ""}
      onSend={() => send(incident, { action: "reopen", text: text.value.trim() })}
    >
      <Words label={t("reopen.why")} value={text.value} onInput={(said) => (text.value = said)} hint={t("note.sealed")} />
    </Form>
  );
}

const LEAST_REASON = 3;

function RejectBox({ incident }: { incident: Incident }) {
  const text = useSignal("");
  return (
    <Form
      title={t("reject.title", { number: `#${incident.number}` })}
      word={t("act.reject")}
      ready={text.value.trim().length >= LEAST_REASON}
      onSend={() => {
        shut();
        void reject(incident, text.value.trim());
      }}
    >
      <Words label={t("reject.why")} value={text.value} onInput={(said) => (text.value = said)} hint={t("reject.read")} />
    </Form>
  );
}

function Help() {
  const rows: readonly (readonly [string, string])[] = [
    ["j k", t("help.move")],
    ["Enter", t("help.enter")],
    ...Object.values(COMMANDS).map((command) => [command.key, t(command.word)] as const),
    ["c", t("act.call")],
    [".", t("help.new")],
    ["/", t("help.search")],
    ["1 … 5", t("scene.label")],
    ["m", t("help.map")],
    ["s", t("sources.title")],
    ["t", t("patrols.title")],
    ["?", t("help.help")],
    ["Esc", t("help.esc")],
  ];
  return (
    <Dialog title={t("help.title")} onClose={shut}>
      <dl class="help">
        {rows.map(([keys, words]) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
