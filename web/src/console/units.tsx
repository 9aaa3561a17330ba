import { recommendationOf } from "../cases/facts";
import { second } from "../feed/clock";
import { units } from "../feed/model";
import type { Incident, RecommendedUnit } from "../feed/wire";
import { distance, number, span } from "../i18n/format";
import { say, t } from "../i18n/language";
import { named } from "../i18n/names";
import { UnitSign } from "../ui/signs";
import { act, sending } from "./acting";
import { locked } from "./choice";

const OLD_FIX_MS = 120_000;

/** Units that could go, each with distance, time and the reason; how they were measured is said beside them. */
export function NearestUnits({ incident }: { incident: Incident }) {
  const found = recommendationOf(incident);
  if (!found) return null;
  return (
    <section class="units" aria-labelledby="units-title">
      <h3 id="units-title">
        {t("units.title")} <span class="basis">{say(found.label)}</span>
      </h3>
      <p class="quiet">{t(`units.${found.mode}`)}</p>
      {found.note && <p class="quiet">{say(found.note)}</p>}
      <ol>
        {found.units.map((unit) => (
          <Row key={unit.id} unit={unit} incident={incident} />
        ))}
      </ol>
    </section>
  );
}

function Row({ unit, incident }: { unit: RecommendedUnit; incident: Incident }) {
  const known = units.get(unit.id);
  const age = known?.fix_ts ? second.value - Date.parse(known.fix_ts) : 0;
  const free = locked.value === null && incident.status !== "closed" && !sending.value.has(incident.id);
  return (
    <li>
      {known && <UnitSign kind={known.kind} />}
      <span class="unit-name">{unit.name}</span>
      <span class="num">{t("units.eta", { n: number(unit.eta_min) })}</span>
      <span class="num">{distance(unit.distance_m)}</span>
      <span>{named("unit.state", known?.state ?? unit.state)}</span>
      <button
        type="button"
        disabled={!free}
        aria-label={`${t("units.assign")} ${unit.name}`}
        onClick={() => void act(incident.id, { action: "assign", unit: unit.id })}
      >
        {t("units.assign")}
      </button>
      <span class="why">
        {say(unit.reason)}
        {age > OLD_FIX_MS && <span class="warn num"> · {t("unit.old", { span: span(age) })}</span>}
      </span>
    </li>
  );
}
