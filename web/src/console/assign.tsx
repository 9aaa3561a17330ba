import { useSignal } from "@preact/signals";
import { units } from "../feed/model";
import { isFree } from "../feed/order";
import { city } from "../http/city";
import { distance, folded } from "../i18n/format";
import { say, t } from "../i18n/language";
import { named } from "../i18n/names";
import { UnitSign } from "../ui/signs";
import { openIncident } from "./choice";
import { metres } from "../map/metres";

const SHOWN = 60;

interface Named {
  readonly unit?: string;
  readonly agency?: string;
}

/** Units, free ones of the case's own service first and the nearest of them, and agencies; one press assigns. */
export function AssignList({ onPick }: { onPick: (asked: Named) => void }) {
  const sought = useSignal("");
  const fits = (name: string) => folded(name).includes(folded(sought.value.trim()));
  const at = openIncident.value?.lonlat ?? null;
  const service = openIncident.value?.facts.service;
  const near = units
    .values()
    .filter((unit) => fits(unit.name))
    .map((unit) => ({
      unit,
      last: Number(!isFree(unit)) * 2 + Number(unit.service !== service),
      away: at && unit.lonlat ? metres(at, unit.lonlat) : null,
    }))
    .sort((a, b) => a.last - b.last || (a.away ?? Infinity) - (b.away ?? Infinity));
  const agencies = (city.value?.agencies ?? []).filter((agency) => fits(say(agency.name)));
  return (
    <div class="assign">
      <input
        type="search"
        autofocus
        aria-label={t("assign.search")}
        placeholder={t("assign.search")}
        value={sought.value}
        onInput={(event) => (sought.value = event.currentTarget.value)}
      />
      <div class="assign-lists">
        <section aria-labelledby="assign-units">
          <h3 id="assign-units">{t("assign.unit")}</h3>
          <ul>
            {near.slice(0, SHOWN).map(({ unit, away }) => (
              <li key={unit.id}>
                <button type="button" onClick={() => onPick({ unit: unit.id })}>
                  <UnitSign kind={unit.kind} /> <span>{unit.name}</span>
                  <span class="quiet">
                    {named("unit.state", unit.state)}
                    {away !== null && ` · ${distance(away)}`}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </section>
        <section aria-labelledby="assign-agencies">
          <h3 id="assign-agencies">{t("assign.agency")}</h3>
          <ul>
            {agencies.map((agency) => (
              <li key={agency.id}>
                <button type="button" onClick={() => onPick({ agency: agency.id })}>
                  <span>{say(agency.name)}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </div>
  );
}
