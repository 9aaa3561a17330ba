import type { Feature, FeatureCollection, MultiPolygon, Point, Polygon, Position } from "geojson";
import type { Box } from "../feed/wire";
import type { PlaceName } from "./placenames";

export interface WardProperties {
  readonly code: string;
  readonly name: string;
  readonly kind?: string;
  readonly approximate?: boolean;
}

export type Wards = FeatureCollection<Polygon | MultiPolygon, WardProperties>;

const GRID = 14;

/** The names of wards. Where there is no room for all, those of the city itself, whose point lies in `home`, come first. */
export function namesOf(wards: Wards, home: Box): PlaceName[] {
  return wards.features.map((ward) => {
    const point = innermost(largestRing(ward));
    const [lon = 0, lat = 0] = point;
    return { text: labelOf(ward.properties), at: [lon, lat] as const, rank: within(point, home) ? 0 : 1 };
  });
}

/** The names of schools, hospitals and the like. */
export function assetNamesOf(assets: FeatureCollection<Point>): PlaceName[] {
  return assets.features.flatMap(({ properties, geometry }) => {
    const [lon = 0, lat = 0] = geometry.coordinates;
    const name: unknown = properties?.name;
    return typeof name === "string" ? [{ text: name, at: [lon, lat] as const, rank: 0 }] : [];
  });
}

/** What to show of the city: its wards, as far as they lie in its box; the box itself where there are none. */
export function frameOf(wards: Wards, home: Box): Box {
  const points = wards.features
    .filter((ward) => within(innermost(largestRing(ward)), home))
    .flatMap((ward) => ringsOf(ward).flat());
  if (points.length === 0) return home;
  const xs = points.map((point) => point[0] ?? 0);
  const ys = points.map((point) => point[1] ?? 0);
  const least = (all: readonly number[]) => all.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (all: readonly number[]) => all.reduce((a, b) => Math.max(a, b), -Infinity);
  return [
    Math.max(home[0], least(xs)),
    Math.max(home[1], least(ys)),
    Math.min(home[2], most(xs)),
    Math.min(home[3], most(ys)),
  ];
}

/** The name without the word for its kind, which every one of them would repeat; ≈ marks an approximate border. */
function labelOf({ name, approximate }: WardProperties): string {
  const short = name.replace(/^(Phường|Xã|Đặc khu|Thị trấn)\s+/u, "");
  return approximate ? `≈ ${short}` : short;
}

function within([lon = 0, lat = 0]: Position, [west, south, east, north]: Box): boolean {
  return lon >= west && lon <= east && lat >= south && lat <= north;
}

function ringsOf(ward: Feature<Polygon | MultiPolygon>): Position[][] {
  const { geometry } = ward;
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  return polygons.flatMap((polygon) => (polygon[0] ? [polygon[0]] : []));
}

function largestRing(ward: Feature<Polygon | MultiPolygon>): Position[] {
  return ringsOf(ward).reduce((best, ring) => (area(ring) > area(best) ? ring : best), []);
}

function* edges(ring: readonly Position[]): Generator<[number, number, number, number]> {
  for (let i = 1; i < ring.length; i += 1) {
    const [ax = 0, ay = 0] = ring[i - 1] ?? [];
    const [bx = 0, by = 0] = ring[i] ?? [];
    yield [ax, ay, bx, by];
  }
}

function area(ring: readonly Position[]): number {
  let doubled = 0;
  for (const [ax, ay, bx, by] of edges(ring)) doubled += ax * by - bx * ay;
  return Math.abs(doubled) / 2;
}

function inside(x: number, y: number, ring: readonly Position[]): boolean {
  let odd = false;
  for (const [ax, ay, bx, by] of edges(ring)) {
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}

function toEdge(x: number, y: number, ring: readonly Position[]): number {
  let least = Infinity;
  for (const [ax, ay, bx, by] of edges(ring)) {
    const length = (bx - ax) ** 2 + (by - ay) ** 2 || 1;
    const along = Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
    least = Math.min(least, Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)));
  }
  return least;
}

/** The point of a grid that lies deepest within the ring. */
function innermost(ring: readonly Position[]): Position {
  const xs = ring.map((p) => p[0] ?? 0);
  const ys = ring.map((p) => p[1] ?? 0);
  const [west, east, south, north] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  let best: Position = [(west + east) / 2, (south + north) / 2];
  let depth = -1;
  for (let i = 1; i < GRID; i += 1) {
    for (let j = 1; j < GRID; j += 1) {
      const x = west + ((east - west) * i) / GRID;
      const y = south + ((north - south) * j) / GRID;
      if (!inside(x, y, ring)) continue;
      const here = toEdge(x, y, ring);
      if (here > depth) [best, depth] = [[x, y], here];
    }
  }
  return best;
}
