import { useSignal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { doubtful, incidents } from "../feed/model";
import { openOnes } from "../feed/order";
import type { Box, LonLat } from "../feed/wire";
import { t } from "../i18n/language";
import { PriorityMark } from "../ui/signs";
import { titleOf, whereOf } from "../ui/words";
import { CityMap, type MapState } from "./citymap";
import { layers } from "./layers";
import { HotspotNote, LayerChoice, RepeatNote, SceneTabs } from "./scenes";
import { TONES, type Tone } from "./tone";

export interface MapPanelProps {
  readonly home: Box;
  readonly labelPx: number;
  readonly markPx: number;
  readonly selected: Signal<string | null>;
  readonly road?: ReadonlySignal<string | null>;
  readonly named?: ReadonlySignal<ReadonlySet<string>>;
  /** Whether each layer can be put on and off by itself. */
  readonly choice?: boolean;
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
      <div class="maptop">
        <SceneTabs />
        {props.choice && <LayerChoice />}
        <Unplaced />
      </div>
      <Legend map={made.value} />
    </div>
  );
}

/** Only what is on the map now is explained. */
function Legend({ map }: { map: CityMap | null }) {
  const on = layers.value;
  return (
    <ul class="legend" aria-label={t("map.legend")}>
      {on.has("roads") && map && <RoadLegend tones={map.roads.tones.value} />}
      <Sign shape="full" words={t("map.new")} />
      <Sign shape="hollow" words={t("map.taken")} />
      {on.has("units") && <Sign shape="free" words={t("map.free")} />}
      {on.has("units") && <Sign shape="busy" words={t("map.busy")} />}
      {on.has("cameras") && <Sign shape="cam" words={t("map.camera")} />}
      <HotspotNote />
      <RepeatNote />
      {map?.approximate.value && <li>{t("map.approximate")}</li>}
      {map?.layerMissing.value && <li class="warn">{t("map.nowards")}</li>}
    </ul>
  );
}

function Sign({ shape, words }: { shape: string; words: string }) {
  return (
    <li>
      <span class={`swatch ${shape}`} aria-hidden="true" /> {words}
    </li>
  );
}

/** Roads by how they stand against the usual for this hour: wider is graver. */
function RoadLegend({ tones }: { tones: ReadonlySet<Tone> }) {
  return (
    <>
      {TONES.filter((tone) => tones.has(tone)).map((tone) => (
        <li key={tone}>
          <span class={`stroke ${tone}`} aria-hidden="true" /> {t(`road.${tone}`)}
        </li>
      ))}
    </>
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
