import type { Signal } from "@preact/signals";
import type { CityMap } from "../map/citymap";
import { t } from "../i18n/language";
import { act } from "./acting";
import { locked, openIncident, picking, point } from "./choice";
import { PlaceSearch } from "./placesearch";

const DIGITS = 5;

/** Words for the chosen point, and the way to choose it without a mouse: move the map, take its centre. */
export function PointChooser({ map }: { map: Signal<CityMap | null> }) {
  const at = point.value;
  return (
    <div class="point">
      <PlaceSearch map={map} />
      <button
        type="button"
        disabled={!map.value}
        onClick={() => {
          point.value = map.value?.centre() ?? null;
        }}
      >
        {t("locate.centre")}
      </button>
      {at && (
        <span class="num" role="status">
          {t("locate.chosen", { lat: at[1].toFixed(DIGITS), lon: at[0].toFixed(DIGITS) })}
        </span>
      )}
    </div>
  );
}

/** The strip over the map while an incident without a place gets one. */
export function LocateStrip({ map }: { map: Signal<CityMap | null> }) {
  const incident = openIncident.value;
  if (picking.value !== "locate" || !incident) return null;
  const stop = () => {
    picking.value = null;
    point.value = null;
  };
  const save = () => {
    const lonlat = point.peek();
    if (!lonlat) return;
    stop();
    void act(incident.id, { action: "locate", lonlat });
  };
  return (
    <section class="locate" aria-label={t("locate.title", { number: `#${incident.number}` })}>
      <strong>{t("locate.title", { number: `#${incident.number}` })}</strong>
      <p>{t("locate.how")}</p>
      <PointChooser map={map} />
      <div class="buttons">
        <button type="button" onClick={stop}>
          {t("cancel")}
        </button>
        <button type="button" class="first" disabled={!point.value || locked.value !== null} onClick={save}>
          {t("locate.send")}
        </button>
      </div>
    </section>
  );
}
