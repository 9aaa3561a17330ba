import { useSignalEffect, type Signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { second } from "../feed/clock";
import { doubtful, happenings } from "../feed/model";
import type { Incident } from "../feed/wire";
import { dayAndTime, span } from "../i18n/format";
import { t } from "../i18n/language";
import { moduleName, personName } from "../i18n/names";
import type { CityMap } from "../map/citymap";
import { Running } from "../ui/age";
import { StaleNote } from "../ui/linkage";
import { CaseSign, PriorityMark } from "../ui/signs";
import { givenNumber, titleOf, whereOf } from "../ui/words";
import { ActionBar } from "./actionbar";
import { assigneeName, outcomeName } from "./names";
import { openIncident, opened } from "./choice";
import { NearCameras } from "./cameras";
import { EvidencePanel } from "./evidencepanel";
import { Findings } from "./findings";
import { Hints } from "./hints";
import { Personal } from "./personal";
import { readStory } from "./story";
import { Together } from "./together";
import { Timeline } from "./timeline";
import { NearestUnits } from "./units";

/** The opened incident: what, where, who, the story so far, and what may be done. */
export function Detail({ map }: { map: Signal<CityMap | null> }) {
  const incident = openIncident.value;
  if (!incident) {
    return (
      <section class="detail empty" aria-label={t("detail.label")}>
        <p>{t("detail.none")}</p>
        <p class="quiet">{t("detail.hint")}</p>
      </section>
    );
  }
  return <Opened incident={incident} map={map.value} />;
}

/** Asks for the story again when the incident changes or something of the same story happens. */
function useStory(): void {
  useSignalEffect(() => {
    const id = opened.value;
    const incident = openIncident.value;
    if (!id || !incident) return undefined;
    happenings.values().filter((happening) => happening.correlation === incident.correlation).length;
    const soon = setTimeout(() => void readStory(id), 60);
    return () => clearTimeout(soon);
  });
}

function Opened({ incident, map }: { incident: Incident; map: CityMap | null }) {
  const given = givenNumber(incident);
  useStory();
  // at once: after the next picture it would take the keyboard from what a quick hand went on to
  useLayoutEffect(() => document.getElementById("detail-title")?.focus({ preventScroll: true }), [incident.id]);
  return (
    <section class="detail" aria-label={t("detail.label")} data-incident={incident.id} data-doubtful={doubtful.value}>
      <div class="detail-scroll" tabIndex={0} role="group" aria-labelledby="detail-title">
        <header class="detail-head">
          <PriorityMark priority={incident.priority} />
          <h2 id="detail-title" tabIndex={-1}>
            {titleOf(incident)}
          </h2>
          <p class="detail-sub">
            <CaseSign incident={incident} />
            <span>{incident.kind === "event" ? moduleName(incident.module) : t(`kind.${incident.kind}`)}</span>
            <span class="num">#{incident.number}</span>
            {given && <span class="num given">{t(incident.kind === "call" ? "detail.given.call" : "detail.given.report", { n: given })}</span>}
            <span class="chip">{t(`status.${incident.status}`)}</span>
            <Running since={incident.opened} />
            {incident.exercise && <span class="chip">{t("exercise")}</span>}
            {incident.simulated && <span class="chip hatch">{t("simulated")}</span>}
            <StaleNote />
          </p>
        </header>
        <Together incident={incident} />
        <Facts incident={incident} />
        <Hints incident={incident} />
        <Findings incident={incident} map={map} />
        <NearCameras incident={incident} />
        <EvidencePanel incident={incident} />
        <NearestUnits incident={incident} />
        <Personal incident={incident} />
        <Timeline />
      </div>
      <ActionBar incident={incident} />
    </section>
  );
}

function Facts({ incident }: { incident: Incident }) {
  const { due, ward } = incident;
  const late = due && incident.status !== "closed" ? second.value - Date.parse(due) : -1;
  return (
    <dl class="facts">
      <Fact name={t("detail.place")} value={incident.lonlat ? whereOf(incident) : t("place.unknown")} warn={!incident.lonlat} />
      <Fact name={t("detail.ward")} value={ward && `${ward.name}${ward.approximate ? ` (${t("detail.approximate")})` : ""}`} />
      <Fact name={t("detail.opened")} value={dayAndTime(incident.opened, second.value)} />
      <Fact
        name={t("detail.due")}
        value={due && `${dayAndTime(due, second.value)}${late > 0 ? `, ${t("queue.overdue", { span: span(late) })}` : ""}`}
        warn={late > 0}
      />
      <Fact name={t("detail.owner")} value={incident.owner && personName(incident.owner)} />
      <Fact name={t("detail.assignee")} value={assigneeName(incident.assignee)} />
      <Fact name={t("detail.outcome")} value={outcomeName(incident.outcome)} />
    </dl>
  );
}

function Fact({ name, value, warn = false }: { name: string; value: string | null; warn?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={`num ${warn ? "warn" : ""}`}>{value ?? "–"}</dd>
    </div>
  );
}
