import type { Incident } from "../feed/wire";
import { t } from "../i18n/language";

/** Ward and place in words, or that the place is not known yet. */
export function whereOf(incident: Incident): string {
  if (!incident.lonlat) return t("place.unknown");
  const ward = incident.ward ? `${incident.ward.approximate ? "≈ " : ""}${incident.ward.name}` : null;
  return [incident.place, ward].filter(Boolean).join(", ") || t("place.none");
}
