import { recommendationOf, storiesOf, unverified } from "../cases/facts";
import { neighboursOf } from "../cases/near";
import { RoadFigures } from "../cases/roadfigures";
import { doubtful } from "../feed/model";
import type { Incident } from "../feed/wire";
import { distance, number } from "../i18n/format";
import { t } from "../i18n/language";
import { Running } from "../ui/age";
import { CaseSign, PriorityMark } from "../ui/signs";
import { titleOf, whereOf } from "../ui/words";
import { focused, road } from "./view";

/** What is known of the incident looked at, in one place beside it on the map. */
export function FocusCard() {
  const incident = focused.value;
  if (!incident) return null;
  return (
    <aside class="focus" aria-label={t("focus.label")} data-focus={incident.id} data-doubtful={doubtful.value}>
      <header>
        <PriorityMark priority={incident.priority} />
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
      <Linked incident={incident} />
      <Nearest incident={incident} />
    </aside>
  );
}

/** How many others speak of the same place and time: near each other, not proved to be one. */
function Linked({ incident }: { incident: Incident }) {
  const near = neighboursOf(incident);
  const stories = Math.max(near.stories, storiesOf(incident).length);
  const parts = [
    near.calls && t("focus.calls", { n: near.calls }),
    near.reports && t("focus.reports", { n: near.reports }),
    near.events && t("focus.events", { n: near.events }),
    stories && t("focus.stories", { n: stories }),
  ].filter(Boolean);
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
