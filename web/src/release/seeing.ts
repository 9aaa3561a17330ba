import { computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { ask, Refusal } from "../http/call";
import type { Text } from "../feed/wire";
import type { Box } from "./boxes";

export interface Blur {
  readonly boxes: readonly Box[];
  readonly whole: boolean;
}

/** What a person has looked at and stands for, as the server wants it. */
export interface Seen extends Blur {
  readonly sha256: string;
  readonly clear: boolean;
}

interface Shown {
  readonly blur: Blur;
  readonly url: string;
  readonly sha256: string;
}

const AFTER_MS = 250;

/** A picture being made ready: what is to be blurred, how that looks, and whether a person stands for it. */
export interface Seeing {
  readonly blur: Signal<Blur>;
  readonly shown: ReadonlySignal<Shown | null>;
  readonly refused: ReadonlySignal<Text | null>;
  /** A person says that nobody and no vehicle can be recognised in what is shown now. */
  readonly stands: Signal<boolean>;
  /** What may be sent: only what is shown at this moment and stood for. */
  readonly seen: ReadonlySignal<Seen | null>;
  readonly end: () => void;
}

/** Has the server blur as `blur` says, after every change; `path` is where it does so. */
export function seeing(path: string, first: Blur): Seeing {
  const blur = signal(first);
  const shown = signal<Shown | null>(null);
  const refused = signal<Text | null>(null);
  const stands = signal(false);
  let looking = false;
  let again = false;
  /** One at a time: the server lets a person confirm what it gave them last, and that has to be what is shown. */
  const look = async (wanted: Blur): Promise<void> => {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    again = false;
    try {
      await fetchOne(wanted);
    } finally {
      looking = false;
    }
    if (again) await look(blur.peek());
  };
  const fetchOne = async (wanted: Blur) => {
    try {
      const answer = await ask("POST", path, wanted);
      const sha256 = (answer.headers.get("etag") ?? "").replace(/"/g, "");
      const url = URL.createObjectURL(await answer.blob());
      if (blur.peek() !== wanted) return URL.revokeObjectURL(url);
      if (shown.peek()) URL.revokeObjectURL(shown.peek()?.url ?? "");
      shown.value = { blur: wanted, url, sha256 };
      refused.value = null;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (blur.peek() === wanted) refused.value = error.text;
    }
  };
  const stop = effect(() => {
    const wanted = blur.value;
    stands.value = false; // who said so looked at another picture
    const soon = setTimeout(() => void look(wanted), AFTER_MS);
    return () => clearTimeout(soon);
  });
  const seen = computed(() => {
    const now = shown.value;
    return now && now.blur === blur.value && stands.value ? { ...now.blur, sha256: now.sha256, clear: true } : null;
  });
  const end = () => {
    stop();
    again = false;
    if (shown.peek()) URL.revokeObjectURL(shown.peek()?.url ?? "");
  };
  return { blur, shown, refused, stands, seen, end };
}
