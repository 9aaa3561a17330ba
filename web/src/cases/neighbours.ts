import type { Incident } from "../feed/wire";
import { t } from "../i18n/language";
import { neighboursOf } from "./near";

/** How many others speak of the same, in words; only those there are. Near each other is not proved to be one. */
export function neighbourWords(incident: Incident): readonly string[] {
  const near = neighboursOf(incident);
  return [
    near.calls > 0 ? t("focus.calls", { n: near.calls }) : "",
    near.reports > 0 ? t("focus.reports", { n: near.reports }) : "",
    near.events > 0 ? t("focus.events", { n: near.events }) : "",
    near.stories > 0 ? t("focus.stories", { n: near.stories }) : "",
    near.posts > 0 ? t("focus.posts", { n: near.posts }) : "",
  ].filter(Boolean);
}
