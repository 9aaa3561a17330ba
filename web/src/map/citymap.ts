import "maplibre-gl/dist/maplibre-gl.css";
import { Map as MapLibre, ScaleControl, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { effect, signal, type Signal } from "@preact/signals";
import type { FeatureCollection, Point } from "geojson";
import { doubtful, incidents, units } from "../feed/model";
import { second, serverNow } from "../feed/clock";
import { openOnes } from "../feed/order";
import type { Box, LonLat } from "../feed/wire";
import { call } from "../http/call";
import { t } from "../i18n/language";
import { theme } from "../ui/theme";
import { Overlay } from "./overlay";
import { PALETTES } from "./palette";
import { cityStyle, FONT, repaint } from "./style";
import { labelsOf, type Wards } from "./wards";

setWorkerUrl(workerUrl);

const REDRAW_EVERY_MS = 100;
/** Letters of every part of the font, so that all of it is there before the first label is drawn. */
const LETTERS = "Ngõ Đường ướ ł";
const WEIGHTS = [400, 600, 700];
const RESTORED_WITHIN_MS = 3_000;

export interface CityMapOptions {
  readonly labelPx: number;
  readonly markPx: number;
  readonly selected: Signal<string | null>;
  /** A place being chosen by hand, shown as a cross. */
  readonly point?: Signal<LonLat | null>;
  readonly onPick?: (incident: string) => void;
  /** Told of every click; true when the click was taken as a place. */
  readonly onPoint?: (lonlat: LonLat) => boolean;
}

/** `list` means the picture cannot be drawn and the page should show words in its place. */
export type MapState = "loading" | "ready" | "list";

/** The one map of a page, made once and kept for its life. */
export class CityMap {
  readonly state: Signal<MapState> = signal("loading");
  readonly approximate = signal(false);
  readonly layerMissing = signal(false);
  private readonly map: MapLibre;
  private readonly overlay: Overlay;
  private shaded = new Map<string, number>();
  private due = false;

  /** `home` is the city's own box, whatever wards there are. Throws where the browser has no WebGL. */
  constructor(
    container: HTMLElement,
    private readonly home: Box,
    private readonly options: CityMapOptions,
  ) {
    this.map = new MapLibre({
      container,
      style: cityStyle(PALETTES[theme.peek()], options.labelPx),
      bounds: [home[0], home[1], home[2], home[3]],
      fitBoundsOptions: { padding: this.margins() },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      fadeDuration: 0,
      locale: { "Map.Title": t("map.title") },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new ScaleControl({ maxWidth: options.labelPx * 7 }), "top-right");
    this.overlay = new Overlay(this.map);
    this.listen();
  }

  fit(): void {
    const [w, s, e, n] = this.home;
    this.map.fitBounds([w, s, e, n], { padding: this.margins(), ...this.motion() });
  }

  go(lonlat: LonLat, zoom = 13): void {
    const closer = Math.max(zoom, this.map.getZoom());
    this.map.easeTo({ center: [lonlat[0], lonlat[1]], zoom: closer, ...this.motion() });
  }

  centre(): LonLat {
    const { lng, lat } = this.map.getCenter();
    return [lng, lat];
  }

  /** Room for the words that lie over the map's edges. */
  private margins(): { top: number; right: number; bottom: number; left: number } {
    const { labelPx } = this.options;
    return { top: labelPx, right: labelPx / 2, bottom: labelPx * 1.9, left: labelPx / 2 };
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
    effect(() => {
      repaint(this.map, PALETTES[theme.value]);
      this.draw();
    });
    effect(() => {
      incidents.version.value;
      units.version.value;
      second.value;
      doubtful.value;
      this.options.selected.value;
      this.options.point?.value;
      this.shadeWards();
      this.draw();
    });
    this.state.value = "ready";
  }

  private async loadWards(): Promise<void> {
    try {
      const today = new Date(serverNow()).toISOString().replace(/\.\d+/, "");
      const wards = await call<Wards>("GET", `/ogc/collections/wards/items?limit=1000&datetime=${today}`);
      this.source("wards").setData(wards);
      this.source("labels").setData(labelsOf(wards, this.home));
      this.approximate.value = wards.features.some((ward) => ward.properties.approximate === true);
    } catch {
      this.layerMissing.value = true; // the page says so; incidents and units need no wards
    }
  }

  private async loadAssets(): Promise<void> {
    try {
      const assets = await call<FeatureCollection<Point>>("GET", "/ogc/collections/assets/items?limit=1000");
      this.source("assets").setData(assets);
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
    this.overlay.draw({
      incidents: openOnes(incidents.values()),
      units: units.values(),
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
