import type { Kind, Priority, UnitKind } from "../feed/wire";
import { t } from "../i18n/language";
import { KIND_GLYPH, PRIORITY_DIGIT_Y, PRIORITY_SHAPE, SIGN, UNIT_GLYPH, type Sign } from "./glyphs";

/** The sign of a priority: shape, colour and digit say the same. */
export function PriorityMark({ priority }: { priority: Priority }) {
  return (
    <svg class={`mark p${priority}`} viewBox="0 0 24 24" role="img" aria-label={t("priority.n", { n: priority })}>
      <path d={PRIORITY_SHAPE[priority]} />
      <text x="12" y={24 * PRIORITY_DIGIT_Y[priority]} text-anchor="middle" dominant-baseline="central">
        {priority}
      </text>
    </svg>
  );
}

export function KindSign({ kind }: { kind: Kind }) {
  return (
    <svg class="sign" viewBox="0 0 24 24" role="img" aria-label={t(`kind.${kind}`)}>
      <path d={KIND_GLYPH[kind]} />
    </svg>
  );
}

export function UnitSign({ kind }: { kind: UnitKind }) {
  return (
    <svg class="sign solid" viewBox="0 0 24 24" aria-hidden="true">
      <path d={UNIT_GLYPH[kind]} />
    </svg>
  );
}

/** A sign beside words that already say it. */
export function PlainSign({ sign }: { sign: Sign }) {
  return (
    <svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
      <path d={SIGN[sign]} />
    </svg>
  );
}
