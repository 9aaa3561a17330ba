import { second } from "../feed/clock";
import { segs } from "../feed/model";
import { distance, number, span } from "../i18n/format";
import { t } from "../i18n/language";
import { ageOf, SEG_OLD_MS, toneOf } from "../map/tone";

/** A road's figures in words: speed against the usual for this hour, level, queue, delay, and their age. */
export function RoadFigures({ id }: { id: string }) {
  const seg = segs.get(id);
  if (!seg) return null;
  const tone = toneOf(seg, second.value);
  const age = ageOf(seg, second.value);
  return (
    <div class={`road ${tone}`} data-road={id}>
      <p class="road-name">
        {seg.name} <span class={`tone ${tone}`}>{t(`road.${tone}`)}</span>
      </p>
      <p class="num">
        {seg.speed === null ? "–" : <strong>{number(seg.speed, 0)} km/h</strong>}
        {seg.usual !== null && ` · ${t("road.than", { n: number(seg.usual, 0) })}`}
        {seg.level && ` · ${t("road.level", { level: seg.level })}`}
        {seg.speed === null && seg.vc !== null && ` · ${t(seg.level ? "road.flow" : "road.flowonly", { n: number(100 * seg.vc, 0) })}`}
        {seg.queue_m !== null && seg.queue_m > 0 && ` · ${t("road.queue", { n: distance(seg.queue_m) })}`}
        {seg.delay_s !== null && seg.delay_s > 0 && ` · ${t("road.delay", { n: span(seg.delay_s * 1000) })}`}
        {Number.isFinite(age) && age > SEG_OLD_MS && <span class="warn"> · {t("road.old", { span: span(age) })}</span>}
      </p>
    </div>
  );
}
