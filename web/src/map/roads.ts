import type { ExpressionSpecification, LineLayerSpecification, Map as MapLibre } from "maplibre-gl";
import type { Feature, FeatureCollection, LineString, Position } from "geojson";
import { signal, type Signal } from "@preact/signals";
import { segs } from "../feed/model";
import { serverNow } from "../feed/clock";
import type { LonLat, Seg } from "../feed/wire";
import { answers, call } from "../http/call";
import { metresTo } from "./metres";
import type { Palette } from "./palette";
import { ageOf, SEG_OLD_MS, toneOf, TONES, type Tone } from "./tone";

const SOURCE = "segments";
const TILE_ZOOMS = { minzoom: 8, maxzoom: 15 } as const;
const ASK_AGAIN_MS = 20_000;

/** Width of each tone as a share of the letters' height: what matters more is wider, whatever its colour. */
const WIDTH: Record<Tone, number> = { none: 0.1, usual: 0.18, slow: 0.27, unusual: 0.42, incident: 0.52 };

interface SegProperties {
  readonly id: string;
  readonly name?: string;
}

type Segments = FeatureCollection<LineString, SegProperties>;

interface Shown {
  readonly tone: number;
  readonly old: boolean;
  readonly picked: boolean;
}

/** A road's figures with the point its sign stands on. */
export interface RoadSign {
  readonly seg: Seg;
  readonly tone: Tone;
  readonly at: LonLat;
}

/**
 * Roads coloured against the usual for this hour: lines of vector tiles where the server has them, else of GeoJSON,
 * coloured by feature state, so that a change of colour never asks for a line again.
 */
export class Roads {
  private readonly middles = new Map<string, LonLat>();
  private readonly courses = new Map<string, readonly Position[]>();
  private readonly shown = new Map<string, Shown>();
  /** The tones on the map now. */
  readonly tones: Signal<ReadonlySet<Tone>> = signal(new Set());
  private tiled = false;
  private ready = false;

  constructor(
    private readonly map: MapLibre,
    private readonly labelPx: number,
  ) {}

  /** Puts the lines under `before`. Asks again until the roads are there; `come` is told then. */
  async load(palette: Palette, before: string, come: () => void): Promise<void> {
    const segments = await this.lines();
    if (!segments) {
      setTimeout(() => void this.load(palette, before, come), ASK_AGAIN_MS);
      return;
    }
    for (const feature of segments.features) {
      this.courses.set(idOf(feature), feature.geometry.coordinates);
      this.middles.set(idOf(feature), middleOf(feature.geometry.coordinates));
    }
    this.tiled = await this.hasTiles();
    if (this.tiled) {
      const tiles = [`${location.origin}/tiles/${SOURCE}/{z}/{x}/{y}.mvt`];
      this.map.addSource(SOURCE, { type: "vector", tiles, promoteId: "id", ...TILE_ZOOMS });
    } else {
      this.map.addSource(SOURCE, { type: "geojson", data: segments, promoteId: "id" });
    }
    for (const layer of this.layers(palette)) this.map.addLayer(layer, before);
    this.ready = true;
    come();
  }

  private async lines(): Promise<Segments | null> {
    try {
      const found = await call<Segments>("GET", "/api/v1/traffic/segments");
      return found.features.length > 0 ? found : null;
    } catch {
      return null; // the module may be starting: the map needs no roads to be of use
    }
  }

  /** Whether the server answers with a tile at the map's centre. */
  private async hasTiles(): Promise<boolean> {
    const { lng, lat } = this.map.getCenter();
    const side = 2 ** 12;
    const x = Math.floor(((lng + 180) / 360) * side);
    const y = Math.floor(((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * side);
    return answers(`/tiles/${SOURCE}/12/${x}/${y}.mvt`);
  }

  private layers(palette: Palette): LineLayerSpecification[] {
    const layer = (id: string, paint: NonNullable<LineLayerSpecification["paint"]>): LineLayerSpecification => ({
      id,
      type: "line",
      source: SOURCE,
      ...(this.tiled ? { "source-layer": SOURCE } : {}),
      layout: { "line-cap": "round", "line-join": "round" },
      paint,
    });
    return [
      layer("roads-edge", { "line-color": edgeColour(palette), "line-width": this.width(0.16, PICKED_EDGE) }),
      layer("roads", { "line-color": colour(palette), "line-width": this.width(0), "line-opacity": OPACITY }),
      layer("roads-core", { "line-color": palette.roadCore, "line-width": this.width(-0.34), "line-opacity": CORE }),
    ];
  }

  /** Width by tone, `more` letters' heights wider; doubled when looked at from near. */
  private width(more: number, extra: ExpressionSpecification | 0 = 0): ExpressionSpecification {
    const at = (scale: number): ExpressionSpecification => [
      "*",
      this.labelPx * scale,
      ["+", ["match", TONE, ...TONES.flatMap((tone, i) => [i, Math.max(0, WIDTH[tone] + more)]), 0], extra],
    ] as unknown as ExpressionSpecification;
    return ["interpolate", ["linear"], ["zoom"], 11, at(1), 15, at(1.9)];
  }

  repaint(palette: Palette): void {
    if (!this.ready) return;
    this.map.setPaintProperty("roads-edge", "line-color", edgeColour(palette));
    this.map.setPaintProperty("roads", "line-color", colour(palette));
    this.map.setPaintProperty("roads-core", "line-color", palette.roadCore);
  }

  show(visible: boolean): void {
    if (!this.ready) return;
    for (const id of ["roads-edge", "roads", "roads-core"]) {
      this.map.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
    }
  }

  /** Colours what has changed; `picked` is the segment of the incident looked at. */
  colour(picked: string | null): void {
    if (!this.ready) return;
    const now = serverNow();
    const tones = new Set<Tone>();
    for (const id of this.middles.keys()) {
      const seg = segs.get(id);
      const tone = seg ? toneOf(seg, now) : "none";
      tones.add(tone);
      const next = { tone: TONES.indexOf(tone), old: seg ? ageOf(seg, now) > SEG_OLD_MS : true, picked: id === picked };
      const before = this.shown.get(id);
      if (before && before.tone === next.tone && before.old === next.old && before.picked === next.picked) continue;
      this.shown.set(id, next);
      this.map.setFeatureState({ source: SOURCE, id, ...(this.tiled ? { sourceLayer: SOURCE } : {}) }, next);
    }
    if ([...tones].sort().join() !== [...this.tones.peek()].sort().join()) this.tones.value = tones;
  }

  /** Where the roads' signs stand, the gravest first. */
  signs(now: number): RoadSign[] {
    const found: RoadSign[] = [];
    for (const [id, at] of this.middles) {
      const seg = segs.get(id);
      if (seg) found.push({ seg, tone: toneOf(seg, now), at });
    }
    return found.sort((a, b) => TONES.indexOf(b.tone) - TONES.indexOf(a.tone));
  }

  /** The nearest road within so many metres whose figures are out of the usual, the suspected incident first. */
  troubledNear(at: LonLat, within: number): string | null {
    const found = this.signs(serverNow())
      .filter(({ tone }) => tone === "incident" || tone === "unusual")
      .map(({ seg, tone }) => ({ id: seg.id, tone, away: metresTo(at, this.courses.get(seg.id) ?? []) }))
      .filter(({ away }) => away <= within)
      .sort((a, b) => TONES.indexOf(b.tone) - TONES.indexOf(a.tone) || a.away - b.away);
    return found[0]?.id ?? null;
  }
}

const TONE: ExpressionSpecification = ["coalesce", ["feature-state", "tone"], 0];
const PICKED: ExpressionSpecification = ["boolean", ["feature-state", "picked"], false];
const PICKED_EDGE: ExpressionSpecification = ["case", PICKED, 0.22, 0];
const OPACITY: ExpressionSpecification = ["case", ["boolean", ["feature-state", "old"], false], 0.55, 1];
const CORE: ExpressionSpecification = ["case", ["==", TONE, TONES.indexOf("incident")], 1, 0];

function colour(palette: Palette): ExpressionSpecification {
  const pairs = TONES.flatMap((tone, i) => [i, palette.road[tone]]);
  return ["match", TONE, ...pairs, palette.road.none] as unknown as ExpressionSpecification;
}

function edgeColour(palette: Palette): ExpressionSpecification {
  return ["case", PICKED, palette.select, palette.halo];
}

function idOf(feature: Feature<LineString, SegProperties>): string {
  return String(feature.properties.id ?? feature.id);
}

/** The point half-way along a line, by degrees: near enough for a sign. */
function middleOf(line: readonly Position[]): LonLat {
  const steps = line.slice(1).map((to, i) => {
    const from = line[i] ?? to;
    return { from, to, length: Math.hypot((to[0] ?? 0) - (from[0] ?? 0), (to[1] ?? 0) - (from[1] ?? 0)) };
  });
  let left = steps.reduce((sum, step) => sum + step.length, 0) / 2;
  for (const { from, to, length } of steps) {
    if (left <= length) {
      const share = length ? left / length : 0;
      const along = (i: 0 | 1) => (from[i] ?? 0) + share * ((to[i] ?? 0) - (from[i] ?? 0));
      return [along(0), along(1)];
    }
    left -= length;
  }
  const [lon = 0, lat = 0] = line[0] ?? [];
  return [lon, lat];
}
