import type { ExpressionSpecification, Map as MapLibre, StyleSpecification } from "maplibre-gl";
import type { Palette } from "./palette";

export const FONT = "Be Vietnam Pro";
const NOTHING = { type: "FeatureCollection" as const, features: [] };

/** Fill of a ward: a shade further from the ground with each open incident, never a colour. */
function wardFill(palette: Palette): ExpressionSpecification {
  const open: ExpressionSpecification = ["coalesce", ["feature-state", "open"], 0];
  return ["interpolate", ["linear"], open, 0, palette.ward, 6, palette.wardBusy];
}

/** Our own style: no glyph or sprite files, so nothing is fetched; letters come from the page's own font. */
export function cityStyle(palette: Palette, labelPx: number): StyleSpecification {
  return {
    version: 8,
    sources: {
      wards: { type: "geojson", data: NOTHING, promoteId: "code" },
      assets: { type: "geojson", data: NOTHING },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": palette.ground } },
      { id: "wards", type: "fill", source: "wards", paint: { "fill-color": wardFill(palette) } },
      borderLayer("borders", palette, labelPx, ["!=", ["get", "approximate"], true]),
      borderLayer("borders-approximate", palette, labelPx, ["==", ["get", "approximate"], true]),
      {
        id: "assets",
        type: "circle",
        source: "assets",
        paint: { "circle-radius": labelPx / 7, "circle-color": palette.asset, "circle-opacity": 0.8 },
      },
    ],
  };
}

function borderLayer(id: string, palette: Palette, labelPx: number, filter: ExpressionSpecification) {
  const dashed = id.endsWith("approximate");
  return {
    id,
    type: "line" as const,
    source: "wards",
    filter,
    paint: {
      "line-color": palette.border,
      "line-width": Math.max(1.2, labelPx / 16),
      ...(dashed ? { "line-dasharray": [3, 2] } : {}),
    },
  };
}

/** Changes colours in place: the map is made once and kept. */
export function repaint(map: MapLibre, palette: Palette): void {
  map.setPaintProperty("ground", "background-color", palette.ground);
  map.setPaintProperty("wards", "fill-color", wardFill(palette));
  for (const id of ["borders", "borders-approximate"]) map.setPaintProperty(id, "line-color", palette.border);
  map.setPaintProperty("assets", "circle-color", palette.asset);
}


export function showPlaces(map: MapLibre, visible: boolean): void {
  map.setLayoutProperty("assets", "visibility", visible ? "visible" : "none");
}
