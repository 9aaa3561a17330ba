import { signal } from "@preact/signals";
import type { Text } from "../feed/wire";
import { call, Refusal } from "../http/call";

/** What is kept of an event that a camera told: a snapshot, a clip around it, their hashes. */
export interface Evidence {
  readonly id: string;
  readonly type: string;
  readonly camera: string;
  readonly at: string;
  readonly simulated: boolean;
  readonly state: "wanted" | "kept" | "missed" | "deleted";
  readonly reason: Text | null;
  readonly snapshot: { readonly url: string; readonly at: string; readonly sha256: string } | null;
  readonly clip: {
    readonly url: string;
    readonly sha256: string;
    readonly from: string;
    readonly until: string;
    readonly pictures: number;
    readonly missing_s: number;
  } | null;
  readonly calibration: string | null;
  readonly clock: { readonly synchronised: boolean | null; readonly jump_s: number } | null;
  readonly held: boolean;
}

/** While a clip is still being made it is asked for again. */
const AGAIN_MS = 4_000;
const MOST = 20;

/** Of the opened incident, the newest first; null before the first answer, or where this person may not see any. */
export const evidences = signal<readonly Evidence[] | null>(null);

let followed: string | null = null;

/** Follows what is kept of an incident until told to stop. */
export function followEvidence(incident: string): () => void {
  let on = true;
  if (followed !== incident) evidences.value = null;
  followed = incident;
  const look = async () => {
    let waits = true;
    while (on && waits) {
      try {
        const path = `/api/v1/evidence?incident=${encodeURIComponent(incident)}&limit=${MOST}`;
        const found = (await call<{ evidence: readonly Evidence[] }>("GET", path)).evidence;
        if (on) evidences.value = found;
        waits = found.some((one) => one.state === "wanted");
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        waits = error.status === 0 || error.status >= 500;
      }
      if (waits) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  };
  void look();
  return () => {
    on = false;
  };
}
