import type { ExpressionSpecification, Map as MapLibre, StyleSpecification } from "maplibre-gl";
import type { Palette } from "./palette";

export const FONT = "Be Vietnam Pro";
/** The weight is read from the first name; the letters come from the second, the family the page has loaded. */
const SEMI_BOLD = [`${FONT} SemiBold`, FONT];
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
      labels: { type: "geojson", data: NOTHING },
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
      {
        id: "asset-labels",
        type: "symbol",
        source: "assets",
        minzoom: 13.2,
        layout: {
          "text-field": ["get", "name"],
          "text-font": [FONT],
          "text-size": labelPx,
          "text-anchor": "top",
          "text-offset": [0, 0.4],
          "text-max-width": 9,
          "text-optional": true,
        },
        paint: { "text-color": palette.assetLabel, "text-halo-color": palette.halo, "text-halo-width": 2 },
      },
      {
        id: "ward-labels",
        type: "symbol",
        source: "labels",
        layout: {
          "text-field": ["get", "label"],
          "symbol-sort-key": ["get", "rank"],
          "text-font": SEMI_BOLD,
          "text-size": labelPx,
          "text-letter-spacing": 0.02,
          "text-max-width": 8,
          "text-padding": labelPx / 4,
        },
        paint: { "text-color": palette.label, "text-halo-color": palette.halo, "text-halo-width": 2 },
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
  map.setPaintProperty("asset-labels", "text-color", palette.assetLabel);
  map.setPaintProperty("ward-labels", "text-color", palette.label);
  for (const id of ["ward-labels", "asset-labels"]) map.setPaintProperty(id, "text-halo-color", palette.halo);
}


export function showPlaces(map: MapLibre, visible: boolean): void {
  for (const id of ["assets", "asset-labels"]) map.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
}
