import { groupOf, groups } from "../cases/groups";
import { groupWords } from "../cases/groupwords";
import { incidents } from "../feed/model";
import type { Incident } from "../feed/wire";
import { distance } from "../i18n/format";
import { t } from "../i18n/language";
import { metres } from "../map/metres";
import { CaseSign, PriorityMark } from "../ui/signs";
import { titleOf, whereOf } from "../ui/words";
import { cursor, opened } from "./choice";

function show(id: string): void {
  cursor.value = id;
  opened.value = id;
}

function origin(incident: Incident): string {
  return incident.joined ? t(`group.${incident.joined}`) : "";
}

/** What the opened case belongs to, or what belongs to it; each of them can be opened. */
export function Together({ incident }: { incident: Incident }) {
  const group = groupOf(incident.id);
  if (!group || group.parts.length === 0) return null;
  const isLead = group.lead.id === incident.id;
  const others = isLead ? group.parts : [group.lead];
  return (
    <section class="together" aria-label={t("group.title")}>
      <p class="suggestion num">
        {isLead ? t("group.title") : t("group.partof")}: <strong>{groupWords(group).join(" · ")}</strong>
        {!isLead && ` · ${origin(incident)}`}
      </p>
      <ul>
        {others.map((one) => (
          <li key={one.id}>
            <button type="button" onClick={() => show(one.id)} data-part={one.id}>
              <PriorityMark priority={one.priority} /> <CaseSign incident={one} /> <span class="num">#{one.number}</span>{" "}
              {titleOf(one)} · {t(`status.${one.status}`)}
              {isLead && ` · ${origin(one)}`}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

const SHOWN = 30;

/** Open cases that may lead, the nearest first; one press joins. */
export function JoinList({ incident, onPick }: { incident: Incident; onPick: (lead: string) => void }) {
  const away = (one: Incident) => (incident.lonlat && one.lonlat ? metres(incident.lonlat, one.lonlat) : Infinity);
  const known = incidents.get(incident.id);
  const leads = groups.value
    .map((group) => group.lead)
    .filter((one) => one.id !== incident.id && !(known?.lead === one.id && known.joined === "hand"))
    .sort((a, b) => away(a) - away(b));
  return (
    <ul class="assign">
      {leads.slice(0, SHOWN).map((one, place) => (
        <li key={one.id}>
          <button type="button" autofocus={place === 0} onClick={() => onPick(one.id)}>
            <PriorityMark priority={one.priority} /> <span class="num">#{one.number}</span> {titleOf(one)}, {whereOf(one)}
            {Number.isFinite(away(one)) && <span class="quiet num"> · {distance(away(one))}</span>}
          </button>
        </li>
      ))}
      {leads.length === 0 && <li class="quiet">{t("group.nothing")}</li>}
    </ul>
  );
}
