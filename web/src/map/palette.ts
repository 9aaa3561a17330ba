import type { Priority } from "../feed/wire";
import type { Theme } from "../ui/theme";
import type { Tone } from "./tone";

/** Colours of the map. Neutral in the normal state; red, amber, yellow and blue are for alarms alone. */
export interface Palette {
  readonly ground: string;
  readonly ward: string;
  readonly wardBusy: string;
  readonly border: string;
  readonly label: string;
  readonly halo: string;
  readonly asset: string;
  readonly assetLabel: string;
  readonly unit: string;
  readonly unitEdge: string;
  readonly unitBusy: string;
  readonly select: string;
  readonly markEdge: string;
  readonly road: Record<Tone, string>;
  /** The line inside a road with a suspected incident. */
  readonly roadCore: string;
  readonly camera: string;
  readonly hotspot: string;
  readonly priority: Record<Priority, { readonly fill: string; readonly ink: string }>;
}

export const PALETTES: Record<Theme, Palette> = {
  dark: {
    ground: "#121518",
    ward: "#22272d",
    wardBusy: "#3a424c",
    border: "#525c68",
    label: "#aab4bf",
    halo: "#14171b",
    asset: "#7d8895",
    assetLabel: "#8d98a5",
    unit: "#dfe5ec",
    unitEdge: "#14171b",
    unitBusy: "#9fb0c3",
    select: "#ffffff",
    markEdge: "#0d0f12",
    road: { none: "#434c57", usual: "#8592a0", slow: "#d6c49c", unusual: "#ff9a1f", incident: "#f0453b" },
    roadCore: "#ffffff",
    camera: "#b9c6d4",
    hotspot: "#c9d2dc",
    priority: {
      1: { fill: "#d8281f", ink: "#ffffff" },
      2: { fill: "#ff9a1f", ink: "#16191d" },
      3: { fill: "#ffd84d", ink: "#16191d" },
      4: { fill: "#6db0ff", ink: "#16191d" },
    },
  },
  light: {
    ground: "#c9ced4",
    ward: "#eceff2",
    wardBusy: "#d3d9e0",
    border: "#8b95a1",
    label: "#414a55",
    halo: "#f4f6f8",
    asset: "#69737f",
    assetLabel: "#525c68",
    unit: "#2b323a",
    unitEdge: "#f4f6f8",
    unitBusy: "#5b6876",
    select: "#111417",
    markEdge: "#ffffff",
    road: { none: "#b3bbc4", usual: "#76828f", slow: "#8d6e33", unusual: "#c05f00", incident: "#c8161d" },
    roadCore: "#ffffff",
    camera: "#46525f",
    hotspot: "#3b444e",
    priority: {
      1: { fill: "#c8161d", ink: "#ffffff" },
      2: { fill: "#ff9a1f", ink: "#16191d" },
      3: { fill: "#ffd84d", ink: "#16191d" },
      4: { fill: "#1f63c6", ink: "#ffffff" },
    },
  },
};
