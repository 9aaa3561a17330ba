import { cams, segs } from "../feed/model";
import type { Incident } from "../feed/wire";
import type { CityMap } from "../map/citymap";
import { camerasOf, segmentOf } from "./facts";

/** The road of an incident: the one its module names, that of its camera, else the one in trouble beside it. */
export function roadOf(incident: Incident | null, map: CityMap | null): string | null {
  segs.version.value;
  if (!incident) return null;
  const named = segmentOf(incident);
  if (named) return named;
  const near = incident.lonlat ? (map?.troubledRoad(incident.lonlat) ?? null) : null;
  if (near || incident.module !== "traffic") return near;
  return cams.get(camerasOf(incident)[0] ?? "")?.segment ?? null;
}
