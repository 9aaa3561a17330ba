import { t } from "../i18n/language";
import type { CameraRow } from "./row";
import { change, draft, editable, wrongAt } from "./store";
import { numberOf, Words } from "./words";

/** What of a camera is words and numbers: where its pictures come from, how it is looked at, where it stands. */
export function CameraForm() {
  const now = draft.value;
  if (!now) return null;
  const { row, setUp } = now;
  const put = (part: Partial<CameraRow>) => change({ ...row, ...part });
  return (
    <section class="right" aria-labelledby="form-title">
      <h2 id="form-title">{t("setup.form")}</h2>
      <fieldset class="form" disabled={!editable.value}>
        <Words label={t("setup.name")} value={row.name} wrong={wrongAt("name")} onInput={(name) => put({ name })} />
        <Words label={t("setup.source")} value={row.source} hint="rtsp://10.20.0.12:554/stream2" wrong={wrongAt("source")} onInput={(source) => put({ source })} />
        <p class="quiet">{t(`setup.login.${setUp.login}`, { id: row.id })}</p>
        <div class="pair">
          <Words label={t("setup.detector")} value={row.detector} hint="auto" wrong={wrongAt("detector")} onInput={(detector) => put({ detector })} />
          <NumberField field="analysis_fps" row={row} put={put} />
          <NumberField field="analysis_width" row={row} put={put} />
          <NumberField field="heading_deg" row={row} put={put} />
          <NumberField field="lon" row={row} put={put} />
          <NumberField field="lat" row={row} put={put} />
        </div>
        <label class="line">
          {t("setup.life")}
          <select value={row.life} onChange={(event) => put({ life: event.currentTarget.value })}>
            {(["commissioning", "live", "maintenance"] as const).map((life) => (
              <option key={life} value={life}>
                {t(`life.${life}`)}
              </option>
            ))}
          </select>
        </label>
      </fieldset>
    </section>
  );
}

/** What holds where nothing is said; more pictures a second with a detector than by motion alone. */
const USUAL: Partial<Record<NumberName, string>> = { analysis_fps: "5–10", analysis_width: "320" };

type NumberName = "analysis_fps" | "analysis_width" | "heading_deg" | "lon" | "lat";

function NumberField({ field, row, put }: { field: NumberName; row: CameraRow; put: (part: Partial<CameraRow>) => void }) {
  const value = row[field];
  return (
    <Words
      kind="number"
      label={t(`setup.${field}`)}
      value={value === null ? "" : String(value)}
      hint={USUAL[field] ?? ""}
      wrong={wrongAt(field)}
      onInput={(text) => put({ [field]: numberOf(text) })}
    />
  );
}
