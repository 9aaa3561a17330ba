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
