import type { Seg } from "../feed/wire";

/** How a road stands against the usual for this hour: what its colour, width and words follow. */
export type Tone = "none" | "usual" | "slow" | "unusual" | "incident";

export const TONES: readonly Tone[] = ["none", "usual", "slow", "unusual", "incident"];

/** Figures older than this are drawn faint, then not at all: a minute is the usual period. */
export const SEG_OLD_MS = 120_000;
export const SEG_DEAD_MS = 300_000;

/** Slower than so much of the usual speed is worth a look, though nothing is called unusual yet. */
const SLOW_SHARE = 0.85;

/** Milliseconds since a road was measured; without end when it never was. */
export function ageOf(seg: Seg, now: number): number {
  return seg.at === null ? Infinity : now - Date.parse(seg.at);
}

export function toneOf(seg: Seg, now: number): Tone {
  if (seg.incident) return "incident";
  if (ageOf(seg, now) > SEG_DEAD_MS || seg.speed === null) return "none";
  if (seg.unusual) return "unusual";
  const crowded = seg.level === "E" || seg.level === "F";
  return crowded || (seg.usual !== null && seg.speed < SLOW_SHARE * seg.usual) ? "slow" : "usual";
}
