import { signal } from "@preact/signals";
import type { FeatureCollection, Polygon, Position } from "geojson";
import type { Map as MapLibre } from "maplibre-gl";
import type { LonLat, Text } from "../feed/wire";
import { call, Refusal } from "../http/call";
import { dayAndMonth } from "../i18n/format";
import { say, t } from "../i18n/language";
import type { Palette } from "./palette";
import { FONT } from "./style";

/** Around a record of late, where the same may come again until a day. */
export interface RepeatArea {
  readonly id: string;
  readonly what: Text;
  readonly lonlat: LonLat;
  readonly radius_m: number;
  readonly since: string;
  readonly until: string;
  readonly ratio: number;
  readonly reasons: readonly Text[];
  readonly simulated: boolean;
}

interface Found {
  /** When it was last looked for; null where it never was. */
  readonly at: string | null;
  readonly areas: readonly RepeatArea[];
}

const SOURCE = "repeats";
const LAYERS = ["repeats", "repeat-edges", "repeat-words"] as const;
const BEFORE = "borders";
/** They are reckoned once a day; asking more often would show little that is new. */
const FRESH_MS = 60_000;
const CORNERS = 48;
/** Further out the words of one area would lie over the next. */
const WORDS_FROM_ZOOM = 13;
const METRES_A_DEGREE = 111_195;

/** What came of asking for the areas last. */
export const repeatAreas = signal<Found | "failed" | null>(null);
let askedAt = -FRESH_MS;

/** Asks for the areas, unless it was done a moment ago. */
export async function askRepeats(): Promise<void> {
  if (performance.now() - askedAt < FRESH_MS) return;
  askedAt = performance.now();
  try {
    repeatAreas.value = await call<Found>("GET", "/api/v1/security/near-repeat/areas");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    askedAt = -FRESH_MS;
    repeatAreas.value = "failed";
  }
}

/** The areas on the map, each with its kind and until when it holds. */
export class Repeats {
  private drawn = false;

  constructor(
    private readonly map: MapLibre,
    private readonly labelPx: number,
  ) {}

  show(visible: boolean, palette: Palette): void {
    if (visible) void askRepeats();
    const found = repeatAreas.value;
    if (found !== null && found !== "failed") this.draw(collection(found.areas), palette);
    if (!this.drawn) return;
    for (const id of LAYERS) this.map.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
  }

  private draw(areas: Areas, palette: Palette): void {
    const known = this.map.getSource(SOURCE);
    if (known) {
      (known as unknown as { setData(data: Areas): void }).setData(areas);
      return;
    }
    const { map } = this;
    map.addSource(SOURCE, { type: "geojson", data: areas });
    map.addLayer({ id: "repeats", type: "fill", source: SOURCE, paint: { "fill-color": palette.hotspot, "fill-opacity": 0.12 } }, BEFORE);
    const edge = { "line-color": palette.hotspot, "line-width": 2, "line-dasharray": [1, 2] };
    map.addLayer({ id: "repeat-edges", type: "line", source: SOURCE, paint: edge }, BEFORE);
    map.addLayer({
      id: "repeat-words",
      type: "symbol",
      source: SOURCE,
      minzoom: WORDS_FROM_ZOOM,
      layout: { "text-field": ["get", "words"], "text-font": [FONT], "text-size": this.labelPx, "text-max-width": 12 },
      paint: { "text-color": palette.select, "text-halo-color": palette.halo, "text-halo-width": 2 },
    });
    this.drawn = true;
  }

  repaint(palette: Palette): void {
    if (!this.drawn) return;
    this.map.setPaintProperty("repeats", "fill-color", palette.hotspot);
    this.map.setPaintProperty("repeat-edges", "line-color", palette.hotspot);
    this.map.setPaintProperty("repeat-words", "text-color", palette.select);
    this.map.setPaintProperty("repeat-words", "text-halo-color", palette.halo);
  }
}

type Areas = FeatureCollection<Polygon, { readonly words: string }>;

function collection(areas: readonly RepeatArea[]): Areas {
  const features = areas.map((area) => ({
    type: "Feature" as const,
    properties: { words: `${say(area.what)} · ${t("repeats.until", { day: dayAndMonth(area.until) })}` },
    geometry: { type: "Polygon" as const, coordinates: [ring(area.lonlat, area.radius_m)] },
  }));
  return { type: "FeatureCollection", features };
}

function ring([lon, lat]: LonLat, radius: number): Position[] {
  const north = radius / METRES_A_DEGREE;
  const east = north / Math.max(0.01, Math.cos((lat * Math.PI) / 180));
  return Array.from({ length: CORNERS + 1 }, (_, i) => {
    const turn = (2 * Math.PI * (i % CORNERS)) / CORNERS;
    return [lon + east * Math.cos(turn), lat + north * Math.sin(turn)];
  });
}
