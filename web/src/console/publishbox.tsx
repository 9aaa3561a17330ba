import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Incident } from "../feed/wire";
import { t } from "../i18n/language";
import { Blurring } from "../release/blurring";
import { seeing } from "../release/seeing";
import { Dialog } from "../ui/dialog";
import { locked } from "./choice";
import { blurredPathOf, proposedFor, publish, readReport, report, unpublish, type Report } from "./publishing";

const LONGEST_TEXT = 4000;

/** What the public will read, looked at and changed by a person first. */
export function PublishBox({ incident, shut }: { incident: Incident; shut: () => void }) {
  useEffect(() => readReport(incident), [incident.id]);
  const known = report.value;
  return (
    <Dialog title={t("publish.title", { number: `#${incident.number}` })} onClose={shut}>
      {known ? <PublishForm incident={incident} known={known} shut={shut} /> : <p class="quiet">{t("publish.wait")}</p>}
    </Dialog>
  );
}

function PublishForm({ incident, known, shut }: { incident: Incident; known: Report; shut: () => void }) {
  const text = useSignal(known.revealed.description ?? "");
  const photo = useSignal(known.photo_published);
  const busy = useSignal(false);
  const shutOnSuccess = async (sent: Promise<boolean>) => {
    busy.value = true;
    if (await sent) shut();
    busy.value = false;
  };
  // all of it, until a detector or a person says better
  const work = useMemo(() => (photo.value ? seeing(blurredPathOf(incident), { boxes: [], whole: true }) : null), [incident.id, photo.value]);
  useEffect(() => {
    const first = work?.blur.peek();
    if (work) void proposedFor(incident).then((blur) => work.blur.peek() === first && !blur.whole && (work.blur.value = blur));
    return work?.end;
  }, [work]);
  const shown = work ? work.seen.value !== null : text.value.trim() !== "";
  const ready = !busy.value && locked.value === null && shown;
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void shutOnSuccess(publish(incident, text.value.trim(), work?.seen.peek() ?? null));
      }}
    >
      <label for="publish-text">{t("publish.text")}</label>
      <textarea
        id="publish-text"
        rows={6}
        autofocus
        maxLength={LONGEST_TEXT}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      <p class="quiet">{t("publish.hint")}</p>
      {known.media_url && (
        <div class="publish-photo">
          {work ? <Blurring original={known.media_url} work={work} /> : <img src={known.media_url} alt={t("publish.photo")} />}
          <label>
            <input type="checkbox" checked={photo.value} onChange={() => (photo.value = !photo.value)} />
            {t("publish.with")}
          </label>
        </div>
      )}
      <div class="buttons">
        {known.published_at && (
          <button type="button" disabled={busy.value} onClick={() => void shutOnSuccess(unpublish(incident))}>
            {t("act.unpublish")}
          </button>
        )}
        <button type="button" onClick={shut}>
          {t("cancel")}
        </button>
        <button type="submit" class="first" disabled={!ready}>
          {t("act.publish")}
        </button>
      </div>
    </form>
  );
}
