import type { Incident } from "../feed/wire";
import { t } from "../i18n/language";
import { storiesOf } from "./facts";
import { neighboursOf } from "./near";

/** How many others speak of the same, in words; only those there are. Near each other is not proved to be one. */
export function neighbourWords(incident: Incident): readonly string[] {
  const near = neighboursOf(incident);
  const told = storiesOf(incident);
  const stories = Math.max(near.stories, told.length);
  const posts = told.reduce((sum, story) => sum + story.posts, 0);
  return [
    near.calls > 0 ? t("focus.calls", { n: near.calls }) : "",
    near.reports > 0 ? t("focus.reports", { n: near.reports }) : "",
    near.events > 0 ? t("focus.events", { n: near.events }) : "",
    stories > 0 ? t("focus.stories", { n: stories }) : "",
    posts > 0 ? t("focus.posts", { n: posts }) : "",
  ].filter(Boolean);
}
