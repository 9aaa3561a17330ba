import type { Incident, Kind, Priority, UnitKind } from "../feed/wire";
import { t } from "../i18n/language";
import { moduleName } from "../i18n/names";
import { KIND_GLYPH, MODULE_GLYPH, PRIORITY_DIGIT_Y, PRIORITY_SHAPE, SIGN, UNIT_GLYPH, type Sign } from "./glyphs";

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

/** Who says it: the sign of a module, its name for those who do not see it. */
export function ModuleSign({ module }: { module: string }) {
  return (
    <svg class="sign" viewBox="0 0 24 24" role="img" aria-label={moduleName(module)}>
      <path d={MODULE_GLYPH[module] ?? KIND_GLYPH.event} />
    </svg>
  );
}

/** What kind of case it is: a call, a report, or the module whose event it is. */
export function CaseSign({ incident }: { incident: Incident }) {
  return incident.kind === "event" ? <ModuleSign module={incident.module} /> : <KindSign kind={incident.kind} />;
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
