import { useSignal, type Signal } from "@preact/signals";
import type { LonLat, Text } from "../feed/wire";
import { call, Refusal } from "../http/call";
import { say, t } from "../i18n/language";
import type { CityMap } from "../map/citymap";
import { point } from "./choice";

interface Found {
  readonly name: string;
  readonly lonlat: LonLat;
  readonly ward: { readonly name: string } | null;
}

interface Answer {
  readonly places: readonly Found[];
  readonly old_unit: { readonly units: readonly object[]; readonly reason: Text };
}

const SHOWN = 6;
const SHORTEST = 2;

/** Finds a point by what a caller says: a landmark, or a ward by its old name. Choosing one shows it on the map. */
export function PlaceSearch({ map }: { map: Signal<CityMap | null> }) {
  const words = useSignal("");
  const answer = useSignal<Answer | null>(null);
  const failed = useSignal<Text | null>(null);
  const ask = () => void look(words.peek().trim(), answer, failed);
  return (
    <div class="placesearch" role="search" aria-label={t("place.search")}>
      <input
        aria-label={t("place.search")}
        placeholder={t("place.search.hint")}
        value={words.value}
        maxLength={200}
        onInput={(event) => (words.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault(); // Enter looks for the place, it does not send the form around it
          ask();
        }}
      />
      <button type="button" disabled={words.value.trim().length < SHORTEST} onClick={ask}>
        {t("place.find")}
      </button>
      <div class="found" role="status">
        {failed.value && <p class="warn">{say(failed.value)}</p>}
        {answer.value && <Results answer={answer.value} onPick={(lonlat) => pick(lonlat, map)} />}
      </div>
    </div>
  );
}

function Results({ answer, onPick }: { answer: Answer; onPick: (lonlat: LonLat) => void }) {
  const { places, old_unit } = answer;
  return (
    <>
      {old_unit.units.length > 0 && <p>{say(old_unit.reason)}</p>}
      {places.length === 0 && old_unit.units.length === 0 && <p class="quiet">{t("place.nothing")}</p>}
      {places.slice(0, SHOWN).map((place) => (
        <button key={`${place.name} ${place.lonlat.join(" ")}`} type="button" onClick={() => onPick(place.lonlat)}>
          {place.name}
          {place.ward && <span class="quiet"> {place.ward.name}</span>}
        </button>
      ))}
    </>
  );
}

function pick(lonlat: LonLat, map: Signal<CityMap | null>): void {
  point.value = lonlat;
  map.peek()?.go(lonlat, 15);
}

async function look(words: string, answer: Signal<Answer | null>, failed: Signal<Text | null>): Promise<void> {
  if (words.length < SHORTEST) return;
  failed.value = null;
  try {
    answer.value = await call<Answer>("GET", `/api/v1/places?q=${encodeURIComponent(words)}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    failed.value = error.text;
  }
}
