import { signal, useSignal, type ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { now } from "../feed/clock";
import { ask, Refusal } from "../http/call";
import { postOnce } from "../http/once";
import type { Text } from "../feed/wire";
import { dayAndClock } from "../i18n/format";
import { say, t } from "../i18n/language";
import { Dialog } from "../ui/dialog";
import { Blurring } from "./blurring";
import type { Box } from "./boxes";
import { ClipBlurring, type ClipPlan } from "./clipblurring";
import { clipSeeing, WITHIN_MS } from "./clipseeing";
import { refuseRelease } from "./released";
import { seeing } from "./seeing";

/** A picture or clip that is to leave, as the server keeps it. */
interface Draft {
  readonly id: string;
  readonly name: string;
  readonly taken_at: string;
  readonly by: "detector" | "motion" | "nothing";
  readonly boxes: readonly Box[];
  readonly whole: boolean;
  readonly clip?: ClipPlan | null;
}

const PATH = "/api/v1/releases";
const LEAST_PURPOSE = 5;
const MOST_PURPOSE = 200;

/** What is to leave the control room: a camera's picture of now, or the picture or clip of an evidence. */
export const leaving = signal<{ readonly camera: string } | { readonly evidence: string; readonly clip?: true } | null>(null);

/** Takes the picture or clip, has a person see it blurred, and gives it out when they stand for it. */
export function ReleaseBox({ shut }: { shut: () => void }) {
  const draft = useSignal<Draft | null>(null);
  const refused = useSignal<Text | null>(null);
  const wanted = leaving.peek();
  const clip = wanted !== null && "clip" in wanted;
  useEffect(() => {
    ask("POST", PATH, wanted ?? {}, { "Idempotency-Key": crypto.randomUUID() }, WITHIN_MS)
      .then(async (made) => (draft.value = (await made.json()) as Draft))
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        refused.value = error.text;
      });
  }, []);
  return (
    <Dialog title={t(clip ? "release.title.clip" : "release.title")} onClose={shut}>
      {refused.value && (
        <p class="wrong" role="alert">
          {say(refused.value)}
        </p>
      )}
      {draft.value ? <ReleaseForm draft={draft.value} shut={shut} /> : !refused.value && <p class="quiet">{t("blur.wait")}</p>}
    </Dialog>
  );
}

/** How what is to leave is shown, and what may be sent of it. */
interface Work {
  readonly shown: ComponentChildren;
  readonly seen: ReadonlySignal<object | null>;
  readonly end: () => void;
}

function workOf(draft: Draft, path: string): Work {
  const { clip, boxes, whole } = draft;
  if (clip) {
    const work = clipSeeing(`${path}/blurred`, { spans: [], without: [], whole });
    return { shown: <ClipBlurring plan={clip} work={work} />, seen: work.seen, end: work.end };
  }
  const work = seeing(`${path}/blurred`, { boxes, whole });
  return { shown: <Blurring original={`${path}/original.jpg`} work={work} />, seen: work.seen, end: work.end };
}

function ReleaseForm({ draft, shut }: { draft: Draft; shut: () => void }) {
  const path = `${PATH}/${encodeURIComponent(draft.id)}`;
  const work = useMemo(() => workOf(draft, path), [draft.id]);
  useEffect(() => work.end, [work]);
  const words = useSignal("");
  const refusing = useSignal(false);
  const busy = useSignal(false);
  const refused = useSignal<Text | null>(null);
  const done = useSignal<ComponentChildren>(null);
  const said = words.value.trim();
  const ready = !busy.value && said.length >= LEAST_PURPOSE && (refusing.value || work.seen.value !== null);
  const send = async () => {
    busy.value = true;
    refused.value = refusing.value ? await refuseRelease(draft.id, said) : await confirm();
    if (refusing.value && !refused.value) done.value = <p role="status">{t("release.refuse.done")}</p>;
    busy.value = false;
  };
  const confirm = async () => {
    try {
      const { url } = await postOnce<{ url: string }>(`${path}/confirm`, { ...work.seen.peek(), purpose: said }, WITHIN_MS);
      done.value = <Released url={url} clip={Boolean(draft.clip)} />;
      return null;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return error.text;
    }
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void send();
      }}
    >
      <p>
        <strong>{draft.name}</strong> · <span class="num">{dayAndClock(draft.taken_at, now.value)}</span> · {t(`release.by.${draft.by}`)}
      </p>
      {done.value ?? (
        <>
          {work.shown}
          <label for="release-words">{t(refusing.value ? "release.refuse.why" : "release.purpose")}</label>
          <input id="release-words" maxLength={MOST_PURPOSE} value={words.value} onInput={(event) => (words.value = event.currentTarget.value)} />
        </>
      )}
      <p class="wrong" role="alert">
        {refused.value && say(refused.value)}
      </p>
      <div class="buttons">
        {!done.value && !refusing.value && (
          <button type="button" onClick={() => (refusing.value = true)}>
            {t("release.refuse")}
          </button>
        )}
        <button type="button" onClick={() => (refusing.value && !done.value ? (refusing.value = false) : shut())}>
          {t(done.value ? "close" : "cancel")}
        </button>
        {!done.value && (
          <button type="submit" class="first" disabled={!ready}>
            {t(refusing.value ? "release.refuse.send" : draft.clip ? "release.confirm.clip" : "release.confirm")}
          </button>
        )}
      </div>
    </form>
  );
}

function Released({ url, clip }: { url: string; clip: boolean }) {
  return (
    <>
      <p role="status">{t("release.done")}</p>
      <p>
        <a href={url} download>
          {t(clip ? "release.take.clip" : "release.take")}
        </a>
      </p>
    </>
  );
}
