import type { Position } from "geojson";
import type { LonLat } from "../feed/wire";

const EARTH_M = 6_371_000;
const RAD = Math.PI / 180;

/** Great-circle distance in metres between two points, longitude first. */
export function metres([lonA, latA]: LonLat, [lonB, latB]: LonLat): number {
  const half =
    Math.sin(((latB - latA) * RAD) / 2) ** 2 +
    Math.cos(latA * RAD) * Math.cos(latB * RAD) * Math.sin(((lonB - lonA) * RAD) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(half));
}

/** Metres from a point to a line, on a plane laid at the point: right for the distances within a city. */
export function metresTo(at: LonLat, line: readonly Position[]): number {
  const scale = EARTH_M * RAD;
  const flat = ([lon = 0, lat = 0]: Position): [number, number] => [
    (lon - at[0]) * scale * Math.cos(at[1] * RAD),
    (lat - at[1]) * scale,
  ];
  let least = Infinity;
  for (let i = 1; i < line.length; i += 1) {
    const [ax, ay] = flat(line[i - 1] ?? []);
    const [bx, by] = flat(line[i] ?? []);
    const length = (bx - ax) ** 2 + (by - ay) ** 2 || 1;
    const share = Math.max(0, Math.min(1, -(ax * (bx - ax) + ay * (by - ay)) / length));
    least = Math.min(least, Math.hypot(ax + share * (bx - ax), ay + share * (by - ay)));
  }
  return least;
}
