import { signal } from "@preact/signals";
import type { Incident, Text } from "../feed/wire";
import { call, Refusal } from "../http/call";
import { fail } from "./notices";

/** One step of an incident's story. */
export interface Entry {
  readonly id: string;
  readonly position: number;
  readonly type: string;
  readonly module: string;
  readonly at: string;
  readonly by?: string;
  readonly unit?: string;
  readonly agency?: string;
  readonly outcome?: string;
  readonly note_ref?: string;
  readonly title?: Text;
}

export interface Revealed {
  readonly notes: Readonly<Record<string, string>>;
  readonly person?: Readonly<Record<string, string>>;
}

type Story = Incident & { readonly timeline: readonly Entry[]; readonly revealed?: Revealed };

const HIDDEN_AFTER_MS = 120_000;

/** The timeline of the opened incident; `null` while it has not come yet, `"failed"` when it could not. */
export const timeline = signal<readonly Entry[] | "failed" | null>(null);
export const revealed = signal<Revealed | null>(null);

let asked: string | null = null;
let hiding: ReturnType<typeof setTimeout> | undefined;

function pathOf(id: string): string {
  return `/api/v1/incidents/${encodeURIComponent(id)}`;
}

/** Reads the story anew; what is on the screen stays until the new one is there. */
export async function readStory(id: string): Promise<void> {
  if (asked !== id) {
    asked = id;
    timeline.value = null;
    hide();
  }
  try {
    const story = await call<Story>("GET", pathOf(id));
    if (asked === id) timeline.value = story.timeline;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (asked === id && timeline.peek() === null) timeline.value = "failed";
  }
}

/** Shows people's data for two minutes; the reason is recorded by the server. */
export async function reveal(id: string, reason: string, failed: string): Promise<void> {
  try {
    const story = await call<Story>("GET", `${pathOf(id)}?reveal=true&reason=${encodeURIComponent(reason)}`);
    if (asked !== id) return;
    timeline.value = story.timeline;
    revealed.value = story.revealed ?? { notes: {} };
    clearTimeout(hiding);
    hiding = setTimeout(hide, HIDDEN_AFTER_MS);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    fail(failed, error);
  }
}

export function hide(): void {
  clearTimeout(hiding);
  revealed.value = null;
}
