import { signal } from "@preact/signals";
import type { FeatureCollection, Polygon } from "geojson";
import type { ExpressionSpecification, Map as MapLibre } from "maplibre-gl";
import { call, Refusal } from "../http/call";
import type { Palette } from "./palette";

const SOURCE = "hotspots";
const BEFORE = "borders";
/** Cells are reckoned seldom; asking more often would show nothing new. */
const FRESH_MS = 60_000;

/** Cells of a grid; `z` is how far a cell and its neighbours stand above the city's mean. */
type Cells = FeatureCollection<Polygon, { readonly z?: number; readonly confidence?: number }>;

/** What came of asking for the hotspots last: nothing yet, how many cells, or that there are none to be had. */
export const hotspotCells = signal<number | "failed" | null>(null);

/** Where more happens than chance would have it, asked for only when somebody wants to see it. */
export class Hotspots {
  private askedAt = -FRESH_MS;
  private drawn = false;

  constructor(private readonly map: MapLibre) {}

  show(visible: boolean, palette: Palette): void {
    if (visible && performance.now() - this.askedAt >= FRESH_MS) void this.ask(palette);
    if (!this.drawn) return;
    for (const id of ["hotspots", "hotspot-edges"]) {
      this.map.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
    }
  }

  private async ask(palette: Palette): Promise<void> {
    this.askedAt = performance.now();
    try {
      const cells = await call<Cells>("GET", "/api/v1/security/hotspots");
      this.draw(cells, palette);
      hotspotCells.value = cells.features.length;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.askedAt = -FRESH_MS;
      hotspotCells.value = "failed";
    }
  }

  private draw(cells: Cells, palette: Palette): void {
    const known = this.map.getSource(SOURCE);
    if (known) {
      (known as unknown as { setData(data: Cells): void }).setData(cells);
      return;
    }
    this.map.addSource(SOURCE, { type: "geojson", data: cells });
    this.map.addLayer(
      { id: "hotspots", type: "fill", source: SOURCE, paint: { "fill-color": palette.hotspot, "fill-opacity": DEPTH } },
      BEFORE,
    );
    const edge = { "line-color": palette.hotspot, "line-width": EDGE };
    this.map.addLayer({ id: "hotspot-edges", type: "line", source: SOURCE, paint: edge }, BEFORE);
    this.drawn = true;
  }

  repaint(palette: Palette): void {
    if (!this.drawn) return;
    this.map.setPaintProperty("hotspots", "fill-color", palette.hotspot);
    this.map.setPaintProperty("hotspot-edges", "line-color", palette.hotspot);
  }
}

/** Denser and with a wider edge the surer it is: 95 % from z 1.96, 99 % from 2.58. */
const Z: ExpressionSpecification = ["coalesce", ["get", "z"], 0];
const DEPTH: ExpressionSpecification = ["step", Z, 0, 1.96, 0.22, 2.58, 0.42];
const EDGE: ExpressionSpecification = ["step", Z, 0, 1.96, 1, 2.58, 2.5];
