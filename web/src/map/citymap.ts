import "maplibre-gl/dist/maplibre-gl.css";
import { Map as MapLibre, ScaleControl, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { FeatureCollection, Point } from "geojson";
import { groups, signOf } from "../cases/groups";
import { cams, doubtful, incidents, segs, units } from "../feed/model";
import { second, serverNow } from "../feed/clock";
import type { Box, LonLat } from "../feed/wire";
import { call, credentials } from "../http/call";
import { language, t } from "../i18n/language";
import { theme } from "../ui/theme";
import { Hotspots } from "./hotspots";
import { inScene, layers, scene, unitInScene } from "./layers";
import { Overlay } from "./overlay";
import { PALETTES } from "./palette";
import { repeatAreas, Repeats } from "./repeats";
import { Roads } from "./roads";
import { cityStyle, FONT, repaint, showPlaces } from "./style";
import { assetNamesOf, frameOf, namesOf, type Wards } from "./wards";

setWorkerUrl(workerUrl);

const REDRAW_EVERY_MS = 100;
/** Letters of every part of the font, so that all of it is there before the first label is drawn. */
const LETTERS = "Ngõ Đường ướ ł";
const WEIGHTS = [400, 600, 700];
const RESTORED_WITHIN_MS = 3_000;
/** So far from an incident a road's trouble is taken for the same trouble. */
const TROUBLE_WITHIN_M = 500;

export interface CityMapOptions {
  readonly labelPx: number;
  readonly markPx: number;
  readonly selected: Signal<string | null>;
  /** The road of the incident looked at. */
  readonly road?: ReadonlySignal<string | null>;
  /** Cameras whose pictures are on the screen. */
  readonly named?: ReadonlySignal<ReadonlySet<string>>;
  /** A place being chosen by hand, shown as a cross. */
  readonly point?: Signal<LonLat | null>;
  readonly onPick?: (incident: string) => void;
  /** Whether whoever looks chooses layers: what only the desk may know is asked for by them alone. */
  readonly choice?: boolean;
  /** Told of every click; true when the click was taken as a place. */
  readonly onPoint?: (lonlat: LonLat) => boolean;
}

const NONE: ReadonlySet<string> = new Set();

/** `list` means the picture cannot be drawn and the page should show words in its place. */
export type MapState = "loading" | "ready" | "list";

/** The one map of a page, made once and kept for its life. */
export class CityMap {
  readonly state: Signal<MapState> = signal("loading");
  readonly approximate = signal(false);
  readonly layerMissing = signal(false);
  private readonly map: MapLibre;
  private readonly overlay: Overlay;
  readonly roads: Roads;
  private readonly hotspots: Hotspots;
  private readonly repeats: Repeats;
  /** Whether the roads are known to this map. */
  readonly hasRoads = signal(false);
  private shaded = new Map<string, number>();
  private due = false;
  /** Whether somebody has already taken the map somewhere. */
  private led = false;

  /** `home` is the city's own box; wards beyond it do not widen the picture. Throws where the browser has no WebGL. */
  constructor(
    private readonly box: HTMLElement,
    private home: Box,
    private readonly options: CityMapOptions,
  ) {
    this.map = new MapLibre({
      container: box,
      style: cityStyle(PALETTES[theme.peek()], options.labelPx),
      bounds: [home[0], home[1], home[2], home[3]],
      fitBoundsOptions: { padding: this.margins() },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      fadeDuration: 0,
      transformRequest: (url) => ({ url, headers: credentials() }),
      locale: { "Map.Title": t("map.title") },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new ScaleControl({ maxWidth: options.labelPx * 7 }), "top-right");
    this.overlay = new Overlay(this.map);
    this.roads = new Roads(this.map, options.labelPx);
    this.hotspots = new Hotspots(this.map);
    this.repeats = new Repeats(this.map, options.labelPx);
    this.listen();
  }

  fit(): void {
    const [w, s, e, n] = this.home;
    this.map.fitBounds([w, s, e, n], { padding: this.margins(), ...this.motion() });
  }

  /** `aside` is the share of the width that words cover at the right. */
  go(lonlat: LonLat, zoom = 13, aside = 0): void {
    this.led = true;
    const closer = Math.max(zoom, this.map.getZoom());
    const offset: [number, number] = [(-aside * this.map.getContainer().clientWidth) / 2, 0];
    this.map.easeTo({ center: [lonlat[0], lonlat[1]], zoom: closer, offset, ...this.motion() });
  }

  /** The road an incident is on or near, if its figures are out of the usual. */
  troubledRoad(at: LonLat): string | null {
    return this.hasRoads.value ? this.roads.troubledNear(at, TROUBLE_WITHIN_M) : null;
  }

  centre(): LonLat {
    const { lng, lat } = this.map.getCenter();
    return [lng, lat];
  }

  /** Room for the words that lie over the map's edges. */
  private margins(): { top: number; right: number; bottom: number; left: number } {
    const { labelPx } = this.options;
    const covered = (part: string) => this.box.parentElement?.querySelector(part)?.getBoundingClientRect();
    const wide = this.box.clientWidth > this.box.clientHeight * 1.25;
    const left = wide ? (covered(".scenes")?.width ?? 0) : 0;
    const bottom = Math.min(covered(".legend")?.height ?? 0, this.box.clientHeight / 4);
    return { top: labelPx * 1.6, right: labelPx / 2, bottom: bottom + labelPx / 2, left: left + labelPx / 2 };
  }

  private motion(): { duration: number } {
    return { duration: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 600 };
  }

  private listen(): void {
    const { map } = this;
    map.on("load", () => void this.loaded());
    map.on("move", () => this.drawNow());
    map.on("resize", () => this.drawNow());
    map.on("click", (click) => {
      const picking = this.options.onPoint?.([click.lngLat.lng, click.lngLat.lat]) === true;
      if (picking) return;
      const picked = this.overlay.at(click.point.x, click.point.y, this.options.markPx * 0.7);
      if (picked) this.options.onPick?.(picked);
    });
    this.watchContext();
  }

  /** A lost context comes back by itself, all layers included; if it does not, words take the map's place. */
  private watchContext(): void {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    this.map.on("webglcontextlost", () => {
      waiting = setTimeout(() => (this.state.value = "list"), RESTORED_WITHIN_MS);
    });
    this.map.on("webglcontextrestored", () => {
      clearTimeout(waiting);
      this.state.value = "ready";
    });
  }

  private async loaded(): Promise<void> {
    await Promise.all(WEIGHTS.map((weight) => document.fonts.load(`${weight} 20px "${FONT}"`, LETTERS)));
    await Promise.all([this.loadWards(), this.loadAssets()]);
    void this.roads.load(PALETTES[theme.peek()], "assets", () => (this.hasRoads.value = true));
    this.follow();
    this.state.value = "ready";
  }

  /** From now on the picture follows theme, layers and all that the feed brings. */
  private follow(): void {
    effect(() => {
      const palette = PALETTES[theme.value];
      this.hasRoads.value;
      repaint(this.map, palette);
      this.roads.repaint(palette);
      this.hotspots.repaint(palette);
      this.repeats.repaint(palette);
      this.draw();
    });
    effect(() => {
      this.hasRoads.value;
      const on = layers.value;
      this.roads.show(on.has("roads"));
      this.hotspots.show(on.has("hotspots"), PALETTES[theme.peek()]);
      repeatAreas.value;
      language.value;
      this.repeats.show(this.options.choice === true && on.has("repeats"), PALETTES[theme.peek()]);
      showPlaces(this.map, on.has("places"));
      scene.value;
      this.draw();
    });
    effect(() => {
      segs.version.value;
      this.hasRoads.value;
      second.value;
      this.roads.colour(this.options.road?.value ?? null);
    });
    effect(() => {
      for (const store of [incidents, units, cams, segs]) store.version.value;
      second.value;
      doubtful.value;
      this.options.selected.value;
      this.options.named?.value;
      this.options.point?.value;
      this.shadeWards();
      this.draw();
    });
  }

  private async loadWards(): Promise<void> {
    try {
      const today = new Date(serverNow()).toISOString().replace(/\.\d+/, "");
      const wards = await call<Wards>("GET", `/ogc/collections/wards/items?limit=1000&datetime=${today}`);
      this.source("wards").setData(wards);
      this.overlay.wardNames.set(namesOf(wards, this.home));
      this.home = frameOf(wards, this.home);
      if (!this.led) this.fit();
      this.approximate.value = wards.features.some((ward) => ward.properties.approximate === true);
    } catch {
      this.layerMissing.value = true; // the page says so; incidents and units need no wards
    }
  }

  private async loadAssets(): Promise<void> {
    try {
      const assets = await call<FeatureCollection<Point>>("GET", "/ogc/collections/assets/items?limit=1000");
      this.source("assets").setData(assets);
      this.overlay.assetNames.set(assetNamesOf(assets));
    } catch {
      this.layerMissing.value = true;
    }
  }

  private source(name: string): { setData(data: FeatureCollection): unknown } {
    const found = this.map.getSource(name);
    if (!found) throw new Error(`no source ${name}`);
    return found as unknown as { setData(data: FeatureCollection): unknown };
  }

  private shadeWards(): void {
    const open = new Map<string, number>();
    for (const incident of incidents.values()) {
      if (incident.status === "closed" || !incident.ward) continue;
      open.set(incident.ward.code, (open.get(incident.ward.code) ?? 0) + 1);
    }
    for (const code of this.shaded.keys()) if (!open.has(code)) open.set(code, 0);
    for (const [id, count] of open) {
      if (this.shaded.get(id) !== count) this.map.setFeatureState({ source: "wards", id }, { open: count });
    }
    this.shaded = open;
  }

  /** At most ten times a second, however many changes come. */
  private draw(): void {
    if (this.due) return;
    this.due = true;
    setTimeout(() => {
      this.due = false;
      this.drawNow();
    }, REDRAW_EVERY_MS);
  }

  private drawNow(): void {
    const on = layers.peek();
    const shown = groups.peek().filter((group) => [group.lead, ...group.parts].some(inScene));
    this.overlay.draw({
      incidents: shown.map(signOf),
      parts: shown.flatMap((group) => group.parts.filter((part) => part.status !== "closed")),
      units: on.has("units") ? units.values().filter(unitInScene) : [],
      cameras: on.has("cameras") ? cams.values() : [],
      named: this.options.named?.peek() ?? NONE,
      roads: on.has("roads") ? this.roads.signs(serverNow()) : [],
      everyRoad: scene.peek().word === "scene.traffic",
      places: on.has("places"),
      selected: this.options.selected.peek(),
      point: this.options.point?.peek() ?? null,
      palette: PALETTES[theme.peek()],
      markPx: this.options.markPx,
      labelPx: this.options.labelPx,
      now: second.peek(),
      doubtful: doubtful.peek(),
    });
  }
}
