import { findingsOf, storiesOf, unverified, type Finding, type Story } from "../cases/facts";
import { neighbourWords } from "../cases/neighbours";
import { roadOf } from "../cases/road";
import { RoadFigures } from "../cases/roadfigures";
import { second } from "../feed/clock";
import type { Incident } from "../feed/wire";
import type { CityMap } from "../map/citymap";
import { dayAndTime, number } from "../i18n/format";
import { isWord, say, t } from "../i18n/language";

const TIMES: ReadonlySet<string> = new Set(["since", "cleared", "restored", "signs_cleared_at"]);

/** What modules found out: the road's figures, what a camera or record tells, the press, and who else speaks of it. */
export function Findings({ incident, map }: { incident: Incident; map: CityMap | null }) {
  const road = roadOf(incident, map);
  const found = findingsOf(incident);
  const stories = storiesOf(incident);
  return (
    <>
      {unverified(incident) && <p class="suggestion warn">{t("story.unverified.long")}</p>}
      {road && <RoadFigures id={road} />}
      {found.length > 0 && (
        <dl class="facts findings">
          {found.map((one) => (
            <div key={one.word}>
              <dt>{t(`finding.${one.word}`)}</dt>
              <dd class="num">{inWords(one)}</dd>
            </div>
          ))}
        </dl>
      )}
      {stories.length > 0 && <Stories stories={stories} />}
      <Neighbours incident={incident} />
    </>
  );
}

function inWords({ word, value }: Finding): string {
  if (value === "") return t("call.yes");
  if (typeof value === "number") return number(value);
  if (TIMES.has(word)) return dayAndTime(value, second.value);
  const state = `camera.${value}`;
  return word === "camera_state" && isWord(state) ? t(state) : value;
}

function Stories({ stories }: { stories: readonly Story[] }) {
  return (
    <section class="stories" aria-labelledby="stories-title">
      <h3 id="stories-title">{t("story.title")}</h3>
      <ul>
        {stories.map((story) => (
          <li key={story.url ?? story.title.vi}>
            <p class="story-title">
              {story.url ? (
                <a href={story.url} target="_blank" rel="noopener noreferrer">
                  {say(story.title)}
                </a>
              ) : (
                say(story.title)
              )}
            </p>
            <p class="quiet num">
              {[
                story.source,
                story.tier && t("story.tier", { n: story.tier }),
                story.articles > 0 && t("focus.stories", { n: story.articles }),
                story.posts > 0 && t("focus.posts", { n: story.posts }),
              ]
                .filter(Boolean)
                .join(" · ")}
              {story.tier !== null && story.tier > 1 && <span class="warn"> · {t("story.unverified")}</span>}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Neighbours({ incident }: { incident: Incident }) {
  const parts = neighbourWords(incident);
  if (parts.length === 0) return null;
  return (
    <p class="suggestion num">
      {t("focus.near")}: <strong>{parts.join(" · ")}</strong>
    </p>
  );
}
