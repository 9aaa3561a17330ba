import { signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { now } from "../feed/clock";
import { call, Refusal } from "../http/call";
import { postOnce } from "../http/once";
import type { Text } from "../feed/wire";
import { dayAndClock } from "../i18n/format";
import { say, t } from "../i18n/language";
import { Dialog } from "../ui/dialog";
import { Blurring } from "./blurring";
import type { Box } from "./boxes";
import { seeing } from "./seeing";

/** A picture that is to leave, as the server keeps it. */
interface Draft {
  readonly id: string;
  readonly name: string;
  readonly taken_at: string;
  readonly by: "detector" | "motion" | "nothing";
  readonly boxes: readonly Box[];
  readonly whole: boolean;
}

const PATH = "/api/v1/releases";
const LEAST_PURPOSE = 5;
const MOST_PURPOSE = 200;

/** Which picture is to leave the control room: of a camera now, or of an evidence. */
export const leaving = signal<{ readonly camera: string } | { readonly evidence: string } | null>(null);

/** Takes the camera's picture of this moment, has a person see it blurred, and gives it out when they stand for it. */
export function ReleaseBox({ shut }: { shut: () => void }) {
  const draft = useSignal<Draft | null>(null);
  const refused = useSignal<Text | null>(null);
  useEffect(() => {
    call<Draft>("POST", PATH, leaving.peek() ?? {}, crypto.randomUUID())
      .then((made) => (draft.value = made))
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        refused.value = error.text;
      });
  }, []);
  return (
    <Dialog title={t("release.title")} onClose={shut}>
      {refused.value && (
        <p class="wrong" role="alert">
          {say(refused.value)}
        </p>
      )}
      {draft.value ? <ReleaseForm draft={draft.value} shut={shut} /> : !refused.value && <p class="quiet">{t("blur.wait")}</p>}
    </Dialog>
  );
}

function ReleaseForm({ draft, shut }: { draft: Draft; shut: () => void }) {
  const path = `${PATH}/${encodeURIComponent(draft.id)}`;
  const work = useMemo(() => seeing(`${path}/blurred`, { boxes: draft.boxes, whole: draft.whole }), [draft.id]);
  useEffect(() => work.end, [work]);
  const purpose = useSignal("");
  const busy = useSignal(false);
  const refused = useSignal<Text | null>(null);
  const released = useSignal<string | null>(null);
  const said = purpose.value.trim();
  const send = async () => {
    busy.value = true;
    refused.value = null;
    try {
      released.value = (await postOnce<{ url: string }>(`${path}/confirm`, { ...work.seen.peek(), purpose: said })).url;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.value = error.text;
    } finally {
      busy.value = false;
    }
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (work.seen.peek() && said.length >= LEAST_PURPOSE) void send();
      }}
    >
      <p>
        <strong>{draft.name}</strong> · <span class="num">{dayAndClock(draft.taken_at, now.value)}</span> · {t(`release.by.${draft.by}`)}
      </p>
      {released.value ? (
        <Released url={released.value} />
      ) : (
        <>
          <Blurring original={`${path}/original.jpg`} work={work} />
          <label for="release-purpose">{t("release.purpose")}</label>
          <input id="release-purpose" maxLength={MOST_PURPOSE} value={purpose.value} onInput={(event) => (purpose.value = event.currentTarget.value)} />
        </>
      )}
      <p class="wrong" role="alert">
        {refused.value && say(refused.value)}
      </p>
      <div class="buttons">
        <button type="button" onClick={shut}>
          {t(released.value ? "close" : "cancel")}
        </button>
        {!released.value && (
          <button type="submit" class="first" disabled={busy.value || !work.seen.value || said.length < LEAST_PURPOSE}>
            {t("release.confirm")}
          </button>
        )}
      </div>
    </form>
  );
}

function Released({ url }: { url: string }) {
  return (
    <>
      <p role="status">{t("release.done")}</p>
      <p>
        <a href={url} download>
          {t("release.take")}
        </a>
      </p>
    </>
  );
}
