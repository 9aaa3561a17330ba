import { useSignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { now, second } from "../feed/clock";
import type { LonLat } from "../feed/wire";
import { dayAndMonth, dayAndTime, distance, number, span } from "../i18n/format";
import { say, t } from "../i18n/language";
import type { CityMap } from "../map/citymap";
import { layers } from "../map/layers";
import { askRepeats, repeatAreas, type RepeatArea } from "../map/repeats";
import { Dialog } from "../ui/dialog";
import { locked } from "./choice";
import { answerLook, looks, looksAt, type Look } from "./patrols";

const NEAR_ZOOM = 15;
/** Proposals are read every ten seconds; older ones may be over already. */
const OLD_MS = 30_000;

/** Where a free patrol might look, to be accepted or left by a person, and where the same may come again. */
export function PatrolBox({ map, shut }: { map: Signal<CityMap | null>; shut: () => void }) {
  const said = useSignal<Said>({ words: "", wrong: false });
  useEffect(() => void askRepeats(), []);
  const go = (at: LonLat) => {
    shut();
    map.value?.go(at, NEAR_ZOOM);
  };
  return (
    <Dialog title={t("patrols.title")} onClose={shut}>
      <div class="patrolbox">
        <p class="quiet">{t("patrols.note")}</p>
        <p role="status">{!said.value.wrong && said.value.words}</p>
        <p class="wrong" role="alert">
          {said.value.wrong && said.value.words}
        </p>
        <Looks go={go} tell={(news) => (said.value = news)} />
        <h3>{t("repeats.title")}</h3>
        <RepeatList go={go} />
      </div>
    </Dialog>
  );
}

/** What came of an answer; it stays although the proposal itself is gone from the list. */
interface Said {
  readonly words: string;
  readonly wrong: boolean;
}

function Looks({ go, tell }: { go: (at: LonLat) => void; tell: (news: Said) => void }) {
  const open = looks.value ?? [];
  const age = looksAt.value === null ? null : second.value - Date.parse(looksAt.value);
  return (
    <>
      {age !== null && age > OLD_MS && <p class="warn">{t("patrols.old", { age: span(age) })}</p>}
      {open.length === 0 && <p class="quiet">{t("patrols.none")}</p>}
      <ul>
        {open.map((look) => (
          <LookRow key={look.id} look={look} go={go} tell={tell} />
        ))}
      </ul>
    </>
  );
}

function LookRow({ look, go, tell }: { look: Look; go: (at: LonLat) => void; tell: (news: Said) => void }) {
  const busy = useSignal(false);
  const answer = async (said: "accept" | "leave") => {
    busy.value = true;
    const refusal = await answerLook(look, said);
    busy.value = false;
    if (refusal) tell({ words: `${look.where}: ${say(refusal.text)}`, wrong: true });
    else tell({ words: t(`patrols.done.${said}`, { where: look.where }), wrong: false });
  };
  const stopped = busy.value || locked.value !== null;
  return (
    <li data-look={look.id}>
      <p class="patrol-head">
        <strong>{look.where}</strong>
        <span class="num quiet">{span(second.value - Date.parse(look.made_at))}</span>
        {look.simulated && <span class="quiet">{t("camera.simulated")}</span>}
      </p>
      <p>
        {t("patrols.unit", { unit: look.unit.name, away: distance(look.distance_m), n: number(look.eta_min, 0) })}{" "}
        <span class="quiet">{t("patrols.fix", { age: span(second.value - Date.parse(look.fix_at)) })}</span>
      </p>
      <ul class="reasons">
        {look.reasons.map((reason) => (
          <li key={reason.vi}>{say(reason)}</li>
        ))}
      </ul>
      <div class="buttons">
        <button type="button" class="first" disabled={stopped} onClick={() => void answer("accept")}>
          {t("patrols.accept")}
        </button>
        <button type="button" disabled={stopped} onClick={() => void answer("leave")}>
          {t("patrols.leave")}
        </button>
        <button type="button" onClick={() => go(look.lonlat)}>
          {t("patrols.map")}
        </button>
      </div>
    </li>
  );
}

function RepeatList({ go }: { go: (at: LonLat) => void }) {
  const found = repeatAreas.value;
  if (found === null) return <p class="quiet">{t("repeats.wait")}</p>;
  if (found === "failed") return <p class="warn">{t("repeats.failed")}</p>;
  const show = (area: RepeatArea) => {
    layers.value = new Set([...layers.peek(), "repeats"]);
    go(area.lonlat);
  };
  return (
    <>
      <p class="quiet">{found.at === null ? t("repeats.never") : t("repeats.at", { time: dayAndTime(found.at, now.value) })}</p>
      {found.at !== null && found.areas.length === 0 && <p class="quiet">{t("repeats.none")}</p>}
      <ul>
        {found.areas.map((area) => (
          <li key={area.id} data-repeat={area.id}>
            <p class="patrol-head">
              <strong>{say(area.what)}</strong>
              <span>{t("repeats.valid", { since: dayAndMonth(area.since), until: dayAndMonth(area.until) })}</span>
            </p>
            <p>{area.reasons.map(say).join("; ")}</p>
            <div class="buttons">
              <button type="button" onClick={() => show(area)}>
                {t("patrols.map")}
              </button>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}
