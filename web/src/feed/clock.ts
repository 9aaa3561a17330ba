import { computed, signal } from "@preact/signals";

/** Milliseconds the server is ahead of this machine; null until the first word from the server. */
const offset = signal<number | null>(null);
const tick = signal(Date.now());

/** Takes the server's time from a heartbeat. Small jitter is smoothed, a jump is taken at once. */
export function heardServerTime(iso: string): void {
  const heard = Date.parse(iso) - Date.now();
  if (Number.isNaN(heard)) return;
  const known = offset.peek();
  offset.value = known === null || Math.abs(heard - known) > 2000 ? heard : known + (heard - known) * 0.2;
}

/** The server's time now, in milliseconds; before the first heartbeat the machine's own. */
export function serverNow(): number {
  return Date.now() + (offset.peek() ?? 0);
}

/** Server time, renewed four times a second: what clocks and ages on the screen follow. */
export const now = computed(() => tick.value + (offset.value ?? 0));

/** Server time to the second, for what need not change more often. */
export const second = computed(() => Math.floor(now.value / 1000) * 1000);

/** Whole seconds this machine's clock is off, or 0 when less than one. */
export const clockError = computed(() => {
  const ms = offset.value ?? 0;
  return Math.abs(ms) >= 1000 ? Math.round(ms / 1000) : 0;
});

export const clockKnown = computed(() => offset.value !== null);

setInterval(() => {
  tick.value = Date.now();
}, 250);
