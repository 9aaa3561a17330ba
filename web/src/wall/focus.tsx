import { recommendationOf, unverified } from "../cases/facts";
import { groupOf, signOf, type Group } from "../cases/groups";
import { cameraOf, etaWords, groupWords, underWay } from "../cases/groupwords";
import { CameraTile } from "../cameras/tile";
import { neighbourWords } from "../cases/neighbours";
import { RoadFigures } from "../cases/roadfigures";
import { doubtful } from "../feed/model";
import type { Incident } from "../feed/wire";
import { distance, number } from "../i18n/format";
import { t } from "../i18n/language";
import { named } from "../i18n/names";
import { Running } from "../ui/age";
import { CaseSign, PriorityMark } from "../ui/signs";
import { titleOf, whereOf } from "../ui/words";
import { focused, road } from "./view";

/** What is known of the incident looked at, in one place beside it on the map. */
export function FocusCard() {
  const incident = focused.value;
  if (!incident) return null;
  const group = groupOf(incident.id);
  return (
    <aside class="focus" aria-label={t("focus.label")} data-focus={incident.id} data-doubtful={doubtful.value}>
      <header>
        <PriorityMark priority={group ? signOf(group).priority : incident.priority} />
        <h2>{titleOf(incident)}</h2>
      </header>
      <p class="focus-sub">
        <CaseSign incident={incident} />
        <span class="num">#{incident.number}</span>
        <span>{t(`status.${incident.status}`)}</span>
        <Running since={incident.opened} />
      </p>
      <p class="where">{whereOf(incident)}</p>
      {unverified(incident) && <p class="warn">{t("story.unverified")}</p>}
      {road.value && <RoadFigures id={road.value} />}
      {group && group.parts.length > 0 ? <Parts group={group} /> : <Linked incident={incident} />}
      {group && underWay(group).length > 0 ? <Coming group={group} /> : <Nearest incident={incident} />}
    </aside>
  );
}

/** What belongs to it, and the picture it can be verified by. */
function Parts({ group }: { group: Group }) {
  const camera = cameraOf(group);
  return (
    <>
      <p class="linked num">
        {t("group.title")}: <strong>{groupWords(group).join(" · ")}</strong>
      </p>
      {camera && <CameraTile key={camera.id} id={camera.id} />}
    </>
  );
}

/** Units that were sent, with the time they still need. */
function Coming({ group }: { group: Group }) {
  return (
    <p class="nearest num">
      {t("group.underway")}:{" "}
      {underWay(group).map((one) => (
        <span key={one.unit.id}>
          <strong>{one.unit.name}</strong> {named("unit.state", one.unit.state)} {etaWords(one)}{" "}
        </span>
      ))}
    </p>
  );
}

/** How many others speak of the same place and time. */
function Linked({ incident }: { incident: Incident }) {
  const parts = neighbourWords(incident);
  return parts.length > 0 ? (
    <p class="linked num">
      {t("focus.near")}: <strong>{parts.join(" · ")}</strong>
    </p>
  ) : null;
}

function Nearest({ incident }: { incident: Incident }) {
  const unit = recommendationOf(incident)?.units[0];
  if (!unit) return null;
  return (
    <p class="nearest num">
      {t("focus.unit")}: <strong>{unit.name}</strong> · {t("units.eta", { n: number(unit.eta_min, 0) })} ·{" "}
      {distance(unit.distance_m)}
    </p>
  );
}
