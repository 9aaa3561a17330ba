import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { groupOf } from "../cases/groups";
import { groupWords } from "../cases/groupwords";
import { second } from "../feed/clock";
import { doubtful, incidents, linkState } from "../feed/model";
import { openOnes } from "../feed/order";
import type { Incident, Kind, Priority } from "../feed/wire";
import { shortTime, span } from "../i18n/format";
import { t } from "../i18n/language";
import { Running } from "../ui/age";
import { CaseSign, PriorityMark } from "../ui/signs";
import { titleOf, whereOf } from "../ui/words";
import { sending } from "./acting";
import * as choice from "./choice";
import { look } from "./commands";

const ORDER_EVERY_MS = 500;

/** The one queue of calls, reports and module events. */
export function Queue() {
  useEffect(() => {
    const timer = setInterval(choice.putInOrderWhenIdle, ORDER_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const open = openOnes(incidents.values());
  const untaken = open.filter((incident) => incident.status === "new").length;
  return (
    <section class="queue" aria-labelledby="queue-title" data-doubtful={doubtful.value}>
      <header>
        <h2 id="queue-title">{t("queue.title")}</h2>
        <span class="num">{t("queue.count", { open: open.length, untaken })}</span>
      </header>
      <Filters />
      <List />
      {choice.waiting.value > 0 && (
        <button type="button" class="pill num" onClick={choice.putInOrder}>
          {t("queue.new", { n: choice.waiting.value })} <kbd>.</kbd>
        </button>
      )}
    </section>
  );
}

function Filters() {
  const { kind, priorities, scope, search, refilter } = choice;
  const toggle = (p: Priority) => {
    const next = new Set(priorities.value);
    if (!next.delete(p)) next.add(p);
    refilter(() => (priorities.value = next));
  };
  return (
    <div class="filters">
      <input
        id="search"
        type="search"
        placeholder={t("queue.search")}
        aria-label={t("queue.search")}
        value={search.value}
        onInput={(event) => refilter(() => (search.value = event.currentTarget.value))}
      />
      <div class="filter-row">
        <div role="group" aria-label={t("queue.priority")} class="toggles">
          {([1, 2, 3, 4] as readonly Priority[]).map((p) => (
            <button key={p} type="button" aria-pressed={priorities.value.has(p)} onClick={() => toggle(p)}>
              <PriorityMark priority={p} />
            </button>
          ))}
        </div>
        <select
          aria-label={t("queue.kind")}
          value={kind.value}
          onChange={(event) => refilter(() => (kind.value = event.currentTarget.value as Kind | "all"))}
        >
          {(["all", "call", "report", "event"] as const).map((one) => (
            <option key={one} value={one}>
              {one === "all" ? t("queue.all") : t(`kind.${one}`)}
            </option>
          ))}
        </select>
        <select
          aria-label={t("queue.status")}
          value={scope.value}
          onChange={(event) => refilter(() => (scope.value = event.currentTarget.value as choice.Scope))}
        >
          {(["open", "mine", "closed"] as const).map((one) => (
            <option key={one} value={one}>
              {t(`queue.${one}`)}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

function List() {
  const box = useRef<HTMLUListElement>(null);
  useSignalEffect(() => {
    const id = choice.cursor.value;
    if (id) document.getElementById(`row-${id}`)?.scrollIntoView({ block: "nearest" });
  });
  const rows = choice.shown.value;
  if (rows.length === 0) {
    return <p class="quiet">{linkState.value === "connecting" ? t("queue.wait") : t("queue.empty")}</p>;
  }
  const active = choice.cursor.value;
  return (
    <ul
      ref={box}
      class="rows"
      role="listbox"
      tabIndex={0}
      aria-label={t("queue.title")}
      onPointerMove={choice.touchQueue}
      {...(active && rows.includes(active) ? { "aria-activedescendant": `row-${active}` } : {})}
    >
      {rows.map((id) => (
        <Row key={id} id={id} />
      ))}
    </ul>
  );
}

function Row({ id }: { id: string }) {
  const incident = choice.current(id);
  if (!incident) return null;
  const group = groupOf(id);
  const leads = group?.lead.id === id && group.parts.length > 0;
  const priority = leads ? group.priority : incident.priority;
  const marks = [
    `row p${priority} ${incident.status}`,
    choice.cursor.value === id ? "cursor" : "",
    choice.opened.value === id ? "opened" : "",
    group && group.lead.id !== id ? "part" : "",
  ];
  return (
    <li
      id={`row-${id}`}
      class={marks.join(" ")}
      role="option"
      aria-selected={choice.opened.value === id}
      data-incident={id}
      onClick={() => look(id)}
    >
      <PriorityMark priority={priority} />
      <span class="row-title">{titleOf(incident)}</span>
      <span class="row-wait num">
        {incident.status === "closed" ? shortTime(incident.updated) : <Running since={incident.opened} />}
      </span>
      <span class="row-more">
        <CaseSign incident={incident} /> <span class="num">#{incident.number}</span>
        <span>{leads ? groupWords(group).join(" · ") : whereOf(incident)}</span>
      </span>
      <RowState incident={incident} />
    </li>
  );
}

function RowState({ incident }: { incident: Incident }) {
  if (sending.value.has(incident.id)) return <span class="row-state sending">{t("queue.sending")}…</span>;
  const late = incident.due && incident.status !== "closed" ? second.value - Date.parse(incident.due) : -1;
  return (
    <span class="row-state num">
      {late > 0 && <span class="warn">{t("queue.overdue", { span: span(late) })} · </span>}
      {t(`status.${incident.status}`)}
    </span>
  );
}
