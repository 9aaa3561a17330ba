import { signal } from "@preact/signals";
import type { Incident, Unit } from "../feed/wire";
import type { Word } from "../i18n/language";

/** What can be put on the map or taken off it. Incidents of priority 1 are always there. */
export type Layer = "roads" | "cameras" | "units" | "places" | "hotspots" | "repeats";

export const LAYERS: readonly Layer[] = ["roads", "cameras", "units", "places", "hotspots", "repeats"];

/** A way of looking at the city for one duty: its layers and whose incidents. */
export interface Scene {
  readonly key: string;
  readonly word: Word;
  readonly layers: readonly Layer[];
  /** Whose incidents, by module; `null` for everybody's. */
  readonly modules: readonly string[] | null;
  /** Only these units, where units are on. */
  readonly units?: readonly Unit["kind"][];
}

export const SCENES: readonly Scene[] = [
  { key: "1", word: "scene.all", layers: ["roads", "cameras", "units", "places"], modules: null },
  { key: "2", word: "scene.traffic", layers: ["roads", "cameras"], modules: ["traffic"] },
  {
    key: "3",
    word: "scene.security",
    layers: ["cameras", "units", "hotspots", "repeats"],
    modules: ["public_security"],
    units: ["police"],
  },
  { key: "4", word: "scene.emergency", layers: ["units", "places", "roads"], modules: ["emergency"] },
  { key: "5", word: "scene.press", layers: ["places"], modules: ["citizen", "media"] },
];

const first = SCENES.find((one) => one.key === new URLSearchParams(location.search).get("scene")) ?? SCENES[0];
if (!first) throw new Error("no scenes");

export const scene = signal<Scene>(first);
/** Layers on the map now: those of the scene, changed by hand since. */
export const layers = signal<ReadonlySet<Layer>>(new Set(first.layers));

export function showScene(chosen: Scene): void {
  scene.value = chosen;
  layers.value = new Set(chosen.layers);
}

/** Shows the scene of a key, if there is one. */
export function sceneByKey(key: string): boolean {
  const found = SCENES.find((one) => one.key === key);
  if (found) showScene(found);
  return found !== undefined;
}

export function toggleLayer(layer: Layer): void {
  const next = new Set(layers.peek());
  if (!next.delete(layer)) next.add(layer);
  layers.value = next;
}

export function inScene(incident: Incident): boolean {
  const { modules } = scene.value;
  return modules === null || incident.priority === 1 || modules.includes(incident.module);
}

export function unitInScene(unit: Unit): boolean {
  const { units } = scene.value;
  return units === undefined || units.includes(unit.kind);
}
