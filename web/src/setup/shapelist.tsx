import { span } from "../i18n/format";
import { say, t } from "../i18n/language";
import { ageOf, countsOf, isOld, runs, tallyOf } from "./counts";
import { PURPOSES, type CameraRow, type CountingLine, type Mask, type Zone } from "./row";
import { turned, withOneMore, type Place } from "./shapes";
import { endPen, pen, startPen } from "./pen";
import { change, draft, editable, place, removeShape, wrongAt } from "./store";
import { numberOf, Words } from "./words";

const KINDS = ["lines", "zones", "masks"] as const;

/** Everything drawn, with its counts; the chosen one with its fields. */
export function Shapes() {
  const row = draft.value?.row;
  if (!row) return null;
  return (
    <section aria-labelledby="shapes-title" class="shapes">
      <h2 id="shapes-title">{t("setup.shapes")}</h2>
      {editable.value && <Pens />}
      {pen.value && <PenWords />}
      {KINDS.map((kind) => wrongAt(kind).map((text) => <p class="wrong">{say(text)}</p>))}
      <ul>
        {KINDS.flatMap((kind) => row[kind].map((one, index) => <Item key={`${kind}-${index}`} row={row} at={{ kind, index }} id={one.id} />))}
      </ul>
      {KINDS.every((kind) => row[kind].length === 0) && <p class="quiet">{t("setup.shapes.none")}</p>}
    </section>
  );
}

function Pens() {
  return (
    <div class="buttons" role="group" aria-label={t("setup.draw")}>
      {KINDS.map((kind) => (
        <button type="button" key={kind} aria-pressed={pen.value?.kind === kind} onClick={(event) => startPen(kind, event.detail === 0)}>
          + {t(`setup.kind.${kind}`)}
        </button>
      ))}
    </div>
  );
}

function PenWords() {
  const polygon = pen.value?.kind !== "lines";
  return (
    <div class="penwords" role="status">
      <p>{t(polygon ? "setup.pen.area" : "setup.pen.line")}</p>
      <div class="buttons">
        {polygon && (
          <button type="button" class="first" disabled={(pen.value?.points.length ?? 0) < 3} onClick={endPen}>
            {t("setup.pen.done")}
          </button>
        )}
        <button type="button" onClick={() => (pen.value = null)}>
          {t("cancel")}
        </button>
      </div>
    </div>
  );
}

function Item({ row, at, id }: { row: CameraRow; at: Place; id: string }) {
  const open = place.value?.kind === at.kind && place.value.index === at.index;
  return (
    <li class={open ? "open" : ""} data-item={id}>
      <button type="button" class="item" aria-expanded={open} onClick={() => (place.value = open ? null : at)}>
        <span>
          {t(`setup.kind.${at.kind}`)} <strong>{at.kind === "zones" ? row.zones[at.index]?.name : id}</strong>
        </span>
        <Counted row={row} at={at} id={id} />
      </button>
      {wrongAt(`${at.kind}[${id}]`).map((text) => (
        <p class="wrong" role="alert">
          {say(text)}
        </p>
      ))}
      {open && <Fields row={row} at={at} />}
    </li>
  );
}

/** What is counted there and how long ago that was read; dimmed once it says nothing of now. */
function Counted({ row, at, id }: { row: CameraRow; at: Place; id: string }) {
  if (at.kind === "masks") return null;
  return (
    <span class="counts">
      {at.kind === "lines" && <Tally camera={row.id} id={id} />}
      <Newest row={row} at={at} id={id} />
    </span>
  );
}

/** What has passed since the camera was opened here, at once; whether it is still being counted is said beside it. */
function Tally({ camera, id }: { camera: string; id: string }) {
  const passed = tallyOf(id);
  if (!passed) return null;
  const on = runs(camera);
  return (
    <span class={`counted ${on ? "" : "old"}`} data-tally={id}>
      <span class="num">{t("setup.line.since", { in: passed[0], out: passed[1] })}</span> <span class="count-age">{t(on ? "setup.running" : "setup.halted")}</span>
    </span>
  );
}

function Newest({ row, at, id }: { row: CameraRow; at: Place; id: string }) {
  if (at.kind === "masks") return null;
  const found = countsOf(row.id, at.kind, id);
  const [first, other] = found;
  if (!first) return at.kind === "lines" && tallyOf(id) ? null : <span class="num">–</span>;
  const figures = other ? t("setup.line.count", { in: first.last, out: other.last }) : t("setup.zone.count", { n: first.last });
  return (
    <span class={`counted ${isOld(found) ? "old" : ""}`}>
      <span class="num">{figures}</span> <span class="count-age">{t("setup.counted", { age: span(ageOf(found)) })}</span>
    </span>
  );
}

function Fields({ row, at }: { row: CameraRow; at: Place }) {
  const put = (part: Partial<CountingLine & Zone & Mask>) =>
    change({ ...row, [at.kind]: row[at.kind].map((one, i) => (i === at.index ? { ...one, ...part } : one)) });
  const line = at.kind === "lines" ? row.lines[at.index] : undefined;
  const zone = at.kind === "zones" ? row.zones[at.index] : undefined;
  return (
    <fieldset class="form" disabled={!editable.value}>
      <Words label={t("setup.id")} value={row[at.kind][at.index]?.id ?? ""} onInput={(id) => put({ id })} />
      {line && <LineFields line={line} put={put} />}
      {zone && <ZoneFields zone={zone} put={put} />}
      <div class="buttons">
        {line && (
          <button type="button" onClick={() => put(turned(line))}>
            {t("setup.turn")}
          </button>
        )}
        {!line && (
          <button type="button" onClick={() => change(withOneMore(row, at))}>
            {t("setup.point.more")}
          </button>
        )}
        <button type="button" onClick={() => removeShape(at)}>
          {t("setup.remove")}
        </button>
      </div>
    </fieldset>
  );
}

function LineFields({ line, put }: { line: CountingLine; put: (part: Partial<CountingLine>) => void }) {
  return (
    <label class="line">
      {t("setup.allowed")}
      <select value={line.allowed ?? ""} onChange={(event) => put({ allowed: (event.currentTarget.value || null) as CountingLine["allowed"] & {} })}>
        <option value="">{t("setup.allowed.both")}</option>
        <option value="in">{t("setup.allowed.in")}</option>
        <option value="out">{t("setup.allowed.out")}</option>
      </select>
    </label>
  );
}

function ZoneFields({ zone, put }: { zone: Zone; put: (part: Partial<Zone>) => void }) {
  return (
    <>
      <Words label={t("setup.name")} value={zone.name} onInput={(name) => put({ name })} />
      <label class="line">
        {t("setup.purpose")}
        <select value={zone.purpose} onChange={(event) => put({ purpose: event.currentTarget.value as Zone["purpose"] })}>
          {PURPOSES.map((one) => (
            <option key={one} value={one}>
              {t(`setup.purpose.${one}`)}
            </option>
          ))}
        </select>
      </label>
      {(zone.purpose === "restricted" || zone.purpose === "no_parking") && (
        <Words label={t("setup.closed")} value={zone.closed} hint="22:00-05:00" onInput={(closed) => put({ closed })} />
      )}
      {zone.purpose === "crowd" && (
        <Words label={t("setup.area")} value={zone.area_m2 == null ? "" : String(zone.area_m2)} kind="number" onInput={(text) => put({ area_m2: numberOf(text) })} />
      )}
    </>
  );
}
