import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { doubtful, incidents } from "../feed/model";
import { openOnes } from "../feed/order";
import type { Box, LonLat } from "../feed/wire";
import { t } from "../i18n/language";
import { PriorityMark } from "../ui/signs";
import { titleOf, whereOf } from "../ui/words";
import { CityMap, type MapState } from "./citymap";

export interface MapPanelProps {
  readonly home: Box;
  readonly labelPx: number;
  readonly markPx: number;
  readonly selected: Signal<string | null>;
  readonly onPick: (incident: string) => void;
  readonly point?: Signal<LonLat | null>;
  readonly onPoint?: (lonlat: LonLat) => boolean;
  readonly onReady: (map: CityMap) => void;
}

/** The map with its legend; words in its place where it cannot be drawn. */
export function MapPanel(props: MapPanelProps) {
  const holder = useRef<HTMLDivElement>(null);
  const made = useSignal<CityMap | null>(null);
  const broken = useSignal(false);
  useEffect(() => {
    if (!holder.current) return;
    try {
      const map = new CityMap(holder.current, props.home, props);
      made.value = map;
      props.onReady(map);
    } catch {
      broken.value = true; // no WebGL at all: the list below says it
    }
  }, []);
  const state: MapState = broken.value ? "list" : (made.value?.state.value ?? "loading");
  return (
    <div class="mapbox" data-map={state} data-doubtful={doubtful.value}>
      <div class="map" ref={holder} />
      {state === "list" && <Fallback onPick={props.onPick} />}
      {state === "loading" && <p class="mapnote">{t("map.loading")}</p>}
      <Unplaced />
      <Legend map={made.value} />
    </div>
  );
}

function Legend({ map }: { map: CityMap | null }) {
  return (
    <ul class="legend" aria-label={t("map.legend")}>
      <li>
        <span class="swatch full" aria-hidden="true" /> {t("map.new")}
      </li>
      <li>
        <span class="swatch hollow" aria-hidden="true" /> {t("map.taken")}
      </li>
      <li>
        <span class="swatch free" aria-hidden="true" /> {t("map.free")}
      </li>
      <li>
        <span class="swatch busy" aria-hidden="true" /> {t("map.busy")}
      </li>
      {map?.approximate.value && <li>{t("map.approximate")}</li>}
      {map?.layerMissing.value && <li class="warn">{t("map.nowards")}</li>}
    </ul>
  );
}

/** Incidents the map cannot show must not be forgotten. */
function Unplaced() {
  const n = openOnes(incidents.values()).filter((incident) => !incident.lonlat).length;
  return n > 0 ? <p class="unplaced warn">{t("map.unplaced", { n })}</p> : null;
}

function Fallback({ onPick }: { onPick: (incident: string) => void }) {
  return (
    <div class="fallback">
      <p class="warn">{t("map.fallback")}</p>
      <ol>
        {openOnes(incidents.values()).map((incident) => (
          <li key={incident.id}>
            <button type="button" onClick={() => onPick(incident.id)}>
              <PriorityMark priority={incident.priority} />
              <span>
                #{incident.number} {titleOf(incident)}, {whereOf(incident)}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}
