import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { ask, Refusal } from "../http/call";
import type { Text } from "../feed/wire";
import type { Box } from "./boxes";

/** A box over some pictures of a clip, both counted from 0. */
export interface Span {
  readonly box: Box;
  readonly first: number;
  readonly last: number;
}

/** What is to be blurred in a clip: what was proposed but for some things, and what a person drew. */
export interface ClipBlur {
  readonly spans: readonly Span[];
  readonly without: readonly number[];
  readonly whole: boolean;
}

/** What a person has watched to its end and stands for, as the server wants it. */
export interface ClipSeen extends ClipBlur {
  readonly sha256: string;
  readonly clear: boolean;
}

interface Film {
  readonly blur: ClipBlur;
  readonly url: string;
  readonly sha256: string;
}

/** A film of a minute is made in some seconds, on a busy machine and behind others in a minute. */
export const WITHIN_MS = 120_000;
/** So much may be missing between two stretches that were played: players do not stop at the very picture. */
const GAP_S = 0.3;

/** A clip being made ready: what is to be blurred, the film of it, how much of it was watched, and who stands for it. */
export interface ClipSeeing {
  readonly blur: Signal<ClipBlur>;
  readonly film: ReadonlySignal<Film | null>;
  readonly busy: ReadonlySignal<boolean>;
  readonly refused: ReadonlySignal<Text | null>;
  /** Whether the film that is shown now, blurred as wanted now, was played from its beginning to its end. */
  readonly watched: ReadonlySignal<boolean>;
  readonly stands: Signal<boolean>;
  readonly seen: ReadonlySignal<ClipSeen | null>;
  readonly make: () => Promise<void>;
  readonly play: (video: HTMLVideoElement) => void;
  readonly end: () => void;
}

/** Has the server make a film, blurred as `blur` says, each time it is asked; `path` is where it does so. */
export function clipSeeing(path: string, first: ClipBlur): ClipSeeing {
  const blur = signal(first);
  const film = signal<Film | null>(null);
  const busy = signal(false);
  const refused = signal<Text | null>(null);
  const played = signal<Film | null>(null);
  const stands = signal(false);
  let on = true;
  const letGo = () => film.peek() && URL.revokeObjectURL(film.peek()?.url ?? "");
  const make = async () => {
    const wanted = blur.peek();
    busy.value = true;
    stands.value = false;
    try {
      const answer = await ask("POST", path, wanted, {}, WITHIN_MS);
      const sha256 = (answer.headers.get("etag") ?? "").replace(/"/g, "");
      const url = URL.createObjectURL(await answer.blob());
      if (!on) return URL.revokeObjectURL(url);
      letGo();
      film.value = { blur: wanted, url, sha256 };
      refused.value = null;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.value = error.text;
    } finally {
      busy.value = false;
    }
  };
  const watched = computed(() => film.value !== null && film.value.blur === blur.value && played.value === film.value);
  const seen = computed(() => (film.value && watched.value && stands.value ? { ...film.value.blur, sha256: film.value.sha256, clear: true } : null));
  return {
    blur,
    film,
    busy,
    refused,
    watched,
    stands,
    seen,
    make,
    play: (video) => {
      if (wholly(video)) played.value = film.peek();
    },
    end: () => {
      on = false;
      letGo();
    },
  };
}

/** Whether all of it was played, in whatever order; jumping over something does not play it. */
function wholly(video: HTMLVideoElement): boolean {
  let until = 0;
  for (let i = 0; i < video.played.length; i++) {
    if (video.played.start(i) > until + GAP_S) return false;
    until = Math.max(until, video.played.end(i));
  }
  return Number.isFinite(video.duration) && until >= video.duration - GAP_S;
}
