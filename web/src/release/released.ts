import type { Text } from "../feed/wire";
import { call, Refusal } from "../http/call";
import { postOnce } from "../http/once";

interface By {
  readonly by: string;
  readonly sign: string;
  readonly at: string;
}

/** A picture or clip that was given out: by whom, when, what for, and whether it was taken back. */
export interface Release {
  readonly id: string;
  readonly kind: "picture" | "clip";
  readonly camera: string;
  readonly name: string;
  readonly simulated: boolean;
  readonly taken_at: string;
  readonly state: "begun" | "released" | "withdrawn" | "refused";
  readonly released: (By & { readonly purpose: string; readonly sha256: string }) | null;
  readonly withdrawn: (By & { readonly reason: string }) | null;
  /** Null when it is not to be had: taken back, or past its time. */
  readonly url: string | null;
}

export interface Page {
  readonly releases: readonly Release[];
  readonly next: string | null;
}

const PATH = "/api/v1/releases";
const AT_ONCE = 20;

/** The pictures that left, newest first; the page after another where `before` is its `next`. */
export function readReleases(before: string | null): Promise<Page> {
  const from = before === null ? "" : `&before=${encodeURIComponent(before)}`;
  return call<Page>("GET", `${PATH}?limit=${AT_ONCE}${from}`);
}

/** Says of what nobody confirmed that it must not leave; what the server says where it refuses that. */
export function refuseRelease(id: string, reason: string): Promise<Text | null> {
  return told(id, "refuse", reason);
}

/** Takes back what was given out; what the server says where it refuses. */
export function withdrawRelease(id: string, reason: string): Promise<Text | null> {
  return told(id, "withdraw", reason);
}

async function told(id: string, step: "refuse" | "withdraw", reason: string): Promise<Text | null> {
  try {
    await postOnce(`${PATH}/${encodeURIComponent(id)}/${step}`, { reason });
    return null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.text;
  }
}
