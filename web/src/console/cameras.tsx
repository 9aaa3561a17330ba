import { computed, effect, signal } from "@preact/signals";
import { nearest } from "../cameras/order";
import { CameraTile } from "../cameras/tile";
import { camerasOf } from "../cases/facts";
import { cams } from "../feed/model";
import type { Link } from "../feed/link";
import type { Incident } from "../feed/wire";
import { distance } from "../i18n/format";
import { t } from "../i18n/language";
import { metres } from "../map/metres";
import { leaving } from "../release/releasebox";
import { locked, openIncident } from "./choice";
import { box } from "./commands";

const SHOWN = 3;
/** A camera further away sees nothing of it. */
const NEAR_M = 3_000;

/** The cameras of an incident: those its module names, then the nearest. */
function camerasFor(incident: Incident | null): readonly string[] {
  if (!incident) return [];
  const named = camerasOf(incident).filter((id) => cams.get(id));
  const at = incident.lonlat;
  const near = at ? nearest(cams.values(), at).filter((cam) => cam.lonlat && metres(at, cam.lonlat) <= NEAR_M) : [];
  return [...new Set([...named, ...near.map((cam) => cam.id)])].slice(0, SHOWN);
}

const ids = computed(() => camerasFor(openIncident.value).join(" "));
/** The camera a person has put in front, while its incident is open. */
const picked = signal<string | null>(null);

/** Cameras whose pictures are on the screen. */
export const shownCameras = computed<ReadonlySet<string>>(() => new Set(ids.value.split(" ").filter(Boolean)));

const front = computed(() => {
  const shown = [...shownCameras.value];
  const sees = (id: string) => cams.get(id)?.state === "ok";
  return shown.find((id) => id === picked.value) ?? shown.find(sees) ?? shown[0] ?? null;
});

/** Has the camera in front sent five times a second. */
export function watchFront(link: Link): () => void {
  return effect(() => link.watch(front.value));
}

export function NearCameras({ incident }: { incident: Incident }) {
  const first = front.value;
  if (!first) return null;
  const rest = [...shownCameras.value].filter((id) => id !== first);
  const cam = cams.get(first);
  const away = cam?.lonlat && incident.lonlat ? metres(incident.lonlat, cam.lonlat) : null;
  return (
    <section class="cameras" aria-labelledby="cameras-title">
      <h3 id="cameras-title">
        {t("cameras.title")} {away !== null && <span class="quiet num">{t("cameras.away", { n: distance(away) })}</span>}
      </h3>
      <div class="camera-grid">
        <CameraTile key={first} id={first} why />
        <div class="camera-rest">
          {rest.map((id) => (
            <CameraTile key={id} id={id} onPick={(chosen) => (picked.value = chosen)} />
          ))}
        </div>
      </div>
      <div class="buttons">
        {cam?.state === "ok" && (
          <button
            type="button"
            disabled={locked.value !== null}
            onClick={() => {
              leaving.value = { camera: first };
              box.value = "release";
            }}
          >
            {t("release.open")}
          </button>
        )}
        <button type="button" onClick={() => (box.value = "released")}>
          {t("released.open")}
        </button>
      </div>
    </section>
  );
}
