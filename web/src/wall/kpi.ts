import type { Kpi } from "../feed/wire";

/** Where a value stands against its band; `null` where it has no band or is inside. */
export type Outside = "below" | "above" | null;

export const OLD_AFTER_MS = 90_000;
export const TOO_OLD_AFTER_MS = 600_000;

export function outside(kpi: Kpi): Outside {
  if (kpi.value === null) return null;
  if (typeof kpi.limit_lo === "number" && kpi.value < kpi.limit_lo) return "below";
  return typeof kpi.limit_hi === "number" && kpi.value > kpi.limit_hi ? "above" : null;
}

export function tooOld(kpi: Kpi, now: number): boolean {
  return now - Date.parse(kpi.at) > TOO_OLD_AFTER_MS;
}

/**
 * Which of a module's indicators are shown in so many places at a turn. What is outside its band always is; the rest
 * take turns in the places left. `of` is how many turns there are.
 */
export function inTurn<T>(all: readonly T[], isOutside: (one: T) => boolean, places: number, turn: number): { shown: T[]; of: number } {
  const loud = all.filter(isOutside);
  const calm = all.filter((one) => !isOutside(one));
  const forLoud = Math.min(places, loud.length);
  const forCalm = places - forLoud;
  const turnsOf = (many: number, room: number) => (room > 0 ? Math.max(1, Math.ceil(many / room)) : 1);
  const page = (from: readonly T[], room: number) => {
    const at = (turn % turnsOf(from.length, room)) * room;
    return [...from.slice(at), ...from.slice(0, at)].slice(0, room); // the last turn is filled up from the first
  };
  const of = Math.max(turnsOf(loud.length, forLoud), turnsOf(calm.length, forCalm));
  return { shown: [...page(loud, forLoud), ...page(calm, forCalm)], of };
}
