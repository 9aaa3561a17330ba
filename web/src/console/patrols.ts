import { signal } from "@preact/signals";
import type { LonLat, Text } from "../feed/wire";
import { call, Refusal } from "../http/call";
import { postOnce } from "../http/once";

/** A proposal that a free patrol look somewhere, with its reasons. */
export interface Look {
  readonly id: string;
  readonly kind: "incident" | "near_repeat" | "hotspot";
  readonly reasons: readonly Text[];
  readonly note: Text;
  readonly unit: { readonly id: string; readonly name: string };
  readonly distance_m: number;
  readonly eta_min: number;
  readonly fix_at: string;
  readonly lonlat: LonLat;
  readonly where: string;
  readonly made_at: string;
  readonly simulated: boolean;
}

const EVERY_MS = 10_000;
const FORBIDDEN = [401, 403, 404];
const PATH = "/api/v1/security/looks";

/** The open proposals, the newest first; null where this person may not see any, or before the first answer. */
export const looks = signal<readonly Look[] | null>(null);
/** When they were last read, by the server's clock; they say nothing of now when that is long ago. */
export const looksAt = signal<string | null>(null);

async function read(): Promise<void> {
  const found = await call<{ at: string; looks: readonly Look[] }>("GET", PATH);
  looks.value = found.looks;
  looksAt.value = found.at;
}

/** Asks again and again until told to stop; a city without the module, or a person without the right, is asked once. */
export function followLooks(): () => void {
  let on = true;
  const follow = async () => {
    while (on) {
      try {
        await read();
      } catch (error) {
        if (error instanceof Refusal && FORBIDDEN.includes(error.status)) return;
        // their age tells the person; they stay as they were
      }
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  };
  void follow();
  return () => {
    on = false;
  };
}

/** A person's answer; the refusal where somebody was quicker or the reason has gone. */
export async function answerLook(look: Look, said: "accept" | "leave"): Promise<Refusal | null> {
  try {
    await postOnce(`${PATH}/${encodeURIComponent(look.id)}/answer`, { answer: said });
    looks.value = (looks.peek() ?? []).filter((one) => one.id !== look.id);
    return null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error;
  } finally {
    void read().catch(() => undefined); // the next round says what is wrong
  }
}
