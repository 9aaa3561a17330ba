import { t } from "../i18n/language";
import { LAYERS, layers, scene, SCENES, showScene, toggleLayer } from "./layers";
import { hotspotCells } from "./hotspots";
import { repeatAreas } from "./repeats";

/** Ways of looking at the city, one key each. */
export function SceneTabs() {
  return (
    <div class="scenes" role="group" aria-label={t("scene.label")}>
      {SCENES.map((one) => (
        <button key={one.key} type="button" aria-pressed={scene.value === one} onClick={() => showScene(one)} data-scene={one.key}>
          <kbd>{one.key}</kbd> {t(one.word)}
        </button>
      ))}
    </div>
  );
}

/** Each layer by itself. */
export function LayerChoice() {
  return (
    <details class="layerchoice">
      <summary>{t("layer.label")}</summary>
      {LAYERS.map((layer) => (
        <label key={layer}>
          <input type="checkbox" checked={layers.value.has(layer)} onChange={() => toggleLayer(layer)} data-layer={layer} />
          {t(`layer.${layer}`)}
        </label>
      ))}
    </details>
  );
}

/** What came of asking for hot spots, while they are wanted. */
export function HotspotNote() {
  const found = hotspotCells.value;
  if (!layers.value.has("hotspots") || found === null) return null;
  if (found === "failed") return <li class="warn">{t("layer.hotspots.failed")}</li>;
  return (
    <li class="num">
      <span class="swatch cell" aria-hidden="true" /> {found === 0 ? t("layer.hotspots.none") : t("layer.hotspots.found")}
    </li>
  );
}

/** What came of asking where it may come again, while that is wanted. */
export function RepeatNote() {
  const found = repeatAreas.value;
  if (!layers.value.has("repeats") || found === null) return null;
  if (found === "failed") return <li class="warn">{t("layer.repeats.failed")}</li>;
  return (
    <li>
      <span class="swatch dashed" aria-hidden="true" /> {found.areas.length === 0 ? t("layer.repeats.none") : t("layer.repeats.found")}
    </li>
  );
}
