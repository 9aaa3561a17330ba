import { computed, effect, signal } from "@preact/signals";
import { inTurn, nearest } from "../cameras/order";
import { segmentOf } from "../cases/facts";
import { groupOf, groups } from "../cases/groups";
import { roadOf } from "../cases/road";
import { second, serverNow } from "../feed/clock";
import { cams, incidents } from "../feed/model";
import type { Incident } from "../feed/wire";
import type { CityMap } from "../map/citymap";

const FOCUS_MS = 20_000;
const FOCUS_EVERY_MS = 60_000;
const NEWLY_MS = 30_000;
/** Cameras stay so long before others take their place, unless a person or a new P1 asks for others. */
const HOLD_MS = 20_000;
const FOCUS_ZOOM = 13.4;
/** Share of the map's width that words cover at its right; where there is no card, those at its left count. */
const CARD_SHARE = 0.4;
const TABS_SHARE = -0.2;

/** What the wall looks at: an incident, the map, and a camera in the map's place. */
export const selected = signal<string | null>(null);
export const map = signal<CityMap | null>(null);
export const full = signal<string | null>(null);

/** A part is looked at as the group it is in, also when another case has become its lead meanwhile. */
export const focused = computed(() => {
  const id = selected.value;
  return id ? (groupOf(id)?.lead ?? incidents.get(id) ?? null) : null;
});

/** The road a module names for one of the group, else that of its lead. */
export const road = computed(() => {
  const group = groupOf(focused.value?.id ?? null);
  const named = group && [group.lead, ...group.parts].find((one) => segmentOf(one) !== null);
  return roadOf(named ?? focused.value, map.value);
});

export function focus(incident: Incident): void {
  full.value = null;
  selected.value = incident.id;
  const aside = document.documentElement.dataset.layout === "wide" ? TABS_SHARE : CARD_SHARE;
  if (incident.lonlat) map.peek()?.go(incident.lonlat, FOCUS_ZOOM, aside);
}

export function fit(): void {
  full.value = null;
  selected.value = null;
  map.peek()?.fit();
}

export function next(): void {
  const open = groups.value.map((group) => group.lead).filter((incident) => incident.lonlat);
  const at = open.findIndex((incident) => incident.id === focused.peek()?.id);
  const following = open[(at + 1) % Math.max(1, open.length)];
  if (following) focus(following);
}

/** Esc goes back one step: the camera, then the incident. */
export function back(): void {
  if (full.peek()) full.value = null;
  else fit();
}

/** The first camera of the mosaic in the map's place; pressed again, the one after it. */
export function nextFull(): void {
  const shown = mosaic.peek();
  const at = shown.indexOf(full.peek() ?? "");
  full.value = shown[at + 1] ?? (at < 0 ? null : (shown[0] ?? null));
}

/** The P1 opened last that nobody has taken and whose place is known. */
function newestP1(): Incident | null {
  const pressing = groups.value.filter((group) => group.priority === 1 && group.untaken > 0);
  const untaken = pressing.map((group) => group.lead).filter((one) => one.lonlat);
  return untaken.reduce<Incident | null>((newest, one) => (newest && newest.opened >= one.opened ? newest : one), null);
}

/** Shows a fresh P1 for twenty seconds, at most once a minute, then the whole city again. */
export function followNewP1(): () => void {
  let lastAt = -FOCUS_EVERY_MS;
  let seen: string | null = null;
  return effect(() => {
    const newest = newestP1();
    if (!newest || newest.id === seen) return;
    seen = newest.id;
    const fresh = serverNow() - Date.parse(newest.opened) < NEWLY_MS;
    if (!fresh || performance.now() - lastAt < FOCUS_EVERY_MS) return;
    lastAt = performance.now();
    focus(newest);
    setTimeout(() => selected.peek() === newest.id && fit(), FOCUS_MS);
  });
}

/** The cameras in the mosaic, by id. */
export const mosaic = signal<readonly string[]>([]);
export const shownCameras = computed<ReadonlySet<string>>(() => new Set(mosaic.value));
/** How many tiles there is room for. */
export const tiles = signal(4);

/** Keeps the mosaic at the incident looked at, else at the most urgent one; without any, cameras take turns. */
export function followCameras(): () => void {
  let heldFor: string | null = null;
  let since = -HOLD_MS;
  let turn = 0;
  let room = 0;
  return effect(() => {
    second.value;
    const known = cams.values();
    const chosen = focused.value?.lonlat ? focused.value : null;
    const anchor = chosen ?? groups.value.find((group) => group.lead.lonlat)?.lead ?? null;
    const key = anchor && `${anchor.id} ${chosen ? "chosen" : ""}`;
    const due = performance.now() - since >= HOLD_MS;
    const asked = chosen !== null && key !== heldFor;
    if (known.length === 0 || !(due || asked || mosaic.peek().length === 0 || room !== tiles.value)) return;
    if (due && !anchor && key === heldFor) turn += 1;
    [heldFor, since, room] = [key, performance.now(), tiles.value];
    const found = anchor?.lonlat ? nearest(known, anchor.lonlat).slice(0, room) : inTurn(known, room, turn);
    const ids = found.map((cam) => cam.id);
    if (ids.join() !== mosaic.peek().join()) mosaic.value = ids;
  });
}
