import { computed, signal } from "@preact/signals";

/** How long a heard time counts: the word with the smallest delay among these is the best estimate. */
const REMEMBERED_MS = 30_000;
/** So much later than the best word is no delay of a living link but another time of the server. */
const JUMP_MS = 10_000;
/** A wall clock is called wrong only when it is off by more than this, for at least so long. */
const OFF_BY_MS = 3_000;
const OFF_FOR_MS = 10_000;
const TICK_MS = 250;

interface Heard {
  readonly at: number;
  readonly base: number;
}

let lately: readonly Heard[] = [];
let offSince: number | null = null;

/** Server time minus `performance.now()`, which nobody can set; null until the first word from the server. */
const base = signal<number | null>(null);
const tick = signal(performance.now());
const error = signal(0);

/** Takes the server's time from a heartbeat. Delay only ever makes it look earlier, so the latest-looking wins. */
export function heardServerTime(iso: string): void {
  const at = performance.now();
  const heard = Date.parse(iso) - at;
  if (Number.isNaN(heard)) return;
  const fresh = lately.filter((one) => at - one.at < REMEMBERED_MS && one.base - heard < JUMP_MS);
  lately = [...fresh, { at, base: heard }];
  base.value = Math.max(...lately.map((one) => one.base));
}

function machineNow(): number {
  return performance.timeOrigin + performance.now();
}

/** The server's time now, in milliseconds; before the first heartbeat the machine's own. */
export function serverNow(): number {
  const known = base.peek();
  return known === null ? machineNow() : performance.now() + known;
}

/** Server time, renewed four times a second: what clocks and ages on the screen follow. */
export const now = computed(() => tick.value + (base.value ?? performance.timeOrigin));

/** Server time to the second, for what need not change more often. */
export const second = computed(() => Math.floor(now.value / 1000) * 1000);

/** Whole seconds this machine's clock has been off for some time, or 0 while it is near enough. */
export const clockError = computed(() => error.value);

function judgeClock(at: number): void {
  const off = base.peek() === null ? 0 : Math.abs(serverNow() - Date.now());
  offSince = off > OFF_BY_MS ? (offSince ?? at) : null;
  error.value = offSince !== null && at - offSince >= OFF_FOR_MS ? Math.round(off / 1000) : 0;
}

setInterval(() => {
  tick.value = performance.now();
  judgeClock(tick.value);
}, TICK_MS);
