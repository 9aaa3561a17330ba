import { groups, signOf } from "../cases/groups";
import { groupWords } from "../cases/groupwords";
import { incidents, linkState } from "../feed/model";
import { countByPriority } from "../feed/order";
import type { Incident, Priority } from "../feed/wire";
import { t } from "../i18n/language";
import { Running } from "../ui/age";
import { StaleNote } from "../ui/linkage";
import { CaseSign, PriorityMark } from "../ui/signs";
import { titleOf, whereOf } from "../ui/words";

const PRIORITIES: readonly Priority[] = [1, 2, 3, 4];

/** How many are open at each priority, always in the same place. */
export function Counts() {
  const counts = countByPriority(groups.value.map(signOf)); // what one crash brought counts once
  return (
    <ul class="counts" aria-label={t("banner.counts")}>
      {PRIORITIES.map((p) => (
        <li key={p} class={counts[p] ? "some" : "zero"} aria-label={t("priority.count", { p, n: counts[p] })}>
          <PriorityMark priority={p} />
          <span class="num">{incidents.size || linkState.value !== "connecting" ? counts[p] : "–"}</span>
        </li>
      ))}
    </ul>
  );
}

/** The most pressing open incident; of several as pressing the one looked at. Read out when it changes, without taking the focus. */
export function Banner({ onOpen, looked }: { onOpen: (incident: Incident) => void; looked?: Incident | null }) {
  const first = groups.value[0];
  const asked = looked && groups.value.find((one) => one.lead.id === looked.id);
  const group = asked && asked.untaken > 0 && asked.priority === first?.priority ? asked : first;
  const top = group && signOf(group);
  const tone = top ? `p${top.priority} ${top.status}` : "none";
  return (
    <section class={`banner ${tone}`} aria-label={t("banner.label")} data-incident={top?.id ?? ""}>
      {top ? (
        <button type="button" class="banner-open" onClick={() => onOpen(top)}>
          <PriorityMark priority={top.priority} />
          <span class="banner-words">
            <span class="banner-line">
              <span class="banner-title" aria-live="assertive" aria-atomic="true">
                <CaseSign incident={top} /> {titleOf(top)}
              </span>
              {group && groupWords(group).length > 0 && <span class="banner-parts num">{groupWords(group).join(" · ")}</span>}
            </span>
            <span class="banner-more">
              <StaleNote />
              <span class="num">#{top.number}</span>
              <Running since={top.opened} />
              <span>{group && group.parts.length > 0 && group.untaken > 0 ? t("group.untaken", { n: group.untaken }) : t(`status.${top.status}`)}</span>
              <span class="where">{whereOf(top)}</span>
            </span>
          </span>
        </button>
      ) : (
        <p class="quiet" role="status">
          {linkState.value === "connecting" ? t("banner.unknown") : t("banner.none")} <StaleNote />
        </p>
      )}
    </section>
  );
}
