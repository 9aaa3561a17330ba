import type { Cam, LonLat } from "../feed/wire";
import { metres } from "../map/metres";

/** A camera that does not see gives way to one that does and is not much further away. */
const BLIND_M = 1_000;

function farness(cam: Cam, at: LonLat, from: LonLat): number {
  return metres(at, from) + (cam.state === "ok" ? 0 : BLIND_M);
}

/** Cameras by distance from a place, the nearest first; those nobody knows the place of are left out. */
export function nearest(all: readonly Cam[], at: LonLat): Cam[] {
  return all
    .flatMap((cam) => (cam.lonlat ? [{ cam, away: farness(cam, at, cam.lonlat) }] : []))
    .sort((a, b) => a.away - b.away || a.cam.id.localeCompare(b.cam.id))
    .map(({ cam }) => cam);
}

/** Cameras without a place to be near to: those that see first, else by id, so many from the one of this turn. */
export function inTurn(all: readonly Cam[], many: number, turn: number): Cam[] {
  const sees = (cam: Cam) => (cam.state === "ok" ? 0 : 1);
  const sorted = [...all].sort((a, b) => sees(a) - sees(b) || a.id.localeCompare(b.id));
  const first = sorted.length > many ? (turn * many) % sorted.length : 0;
  return [...sorted.slice(first), ...sorted.slice(0, first)].slice(0, many);
}
