import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Text } from "../feed/wire";
import { Refusal } from "../http/call";
import { clockTime } from "../i18n/format";
import { say, t } from "../i18n/language";
import { Drawn } from "./blurring";
import { ready, type Box } from "./boxes";
import { clipOf, letGo, type ClipPicture } from "./clip";
import type { ClipBlur, ClipSeeing, Span } from "./clipseeing";
import { FilmPlayer } from "./filmplayer";

/** Something that was found: a box for each picture from the first on. */
export interface Thing {
  readonly by: "detector" | "motion" | "nothing";
  readonly first: number;
  readonly boxes: readonly Box[];
}

/** A clip that is to leave: the evidence it is of, when its pictures were taken, and what is proposed. */
export interface ClipPlan {
  readonly evidence: string;
  readonly at_ms: readonly number[];
  readonly lasts_ms: number;
  readonly things: readonly Thing[];
}

/** The pictures of the evidence with the boxes to be blurred, beside the film that will leave, which is watched first. */
export function ClipBlurring({ plan, work }: { plan: ClipPlan; work: ClipSeeing }) {
  const { blur, film, busy, refused, stands, watched } = work;
  const current = film.value?.blur === blur.value;
  useEffect(() => void work.make(), [work]);
  return (
    <div class="blurring">
      <div class="blur-pair">
        <figure>
          <figcaption>{t("blur.original")}</figcaption>
          <Originals plan={plan} work={work} />
        </figure>
        <figure>
          <figcaption>{t(busy.value ? "clip.making" : current ? "clip.result" : "clip.changed")}</figcaption>
          {film.value ? (
            <FilmPlayer key={film.value.url} url={film.value.url} old={!current} work={work} />
          ) : (
            <p class="quiet">{t(busy.value ? "clip.making" : "clip.none")}</p>
          )}
          <button type="button" class={current ? "" : "first"} disabled={busy.value || (current && !refused.value)} onClick={() => void work.make()}>
            {t("clip.make")}
          </button>
        </figure>
      </div>
      <p class="quiet">{t("clip.hint")}</p>
      <p class="wrong" role="alert">
        {refused.value && say(refused.value)}
      </p>
      <p role="status">{current && t(watched.value ? "clip.watched" : "clip.unwatched")}</p>
      <label class="stands">
        <input type="checkbox" checked={stands.value && watched.value} disabled={!watched.value} onChange={() => (stands.value = !stands.value)} data-testid="stands" />
        {t("clip.stands")}
      </label>
    </div>
  );
}

function Originals({ plan, work }: { plan: ClipPlan; work: ClipSeeing }) {
  const pictures = useSignal<readonly ClipPicture[]>([]);
  const at = useSignal(0);
  const unread = useSignal<Text | null>(null);
  const { blur } = work;
  const spans = useComputed(() => blur.value.spans.map((span, index) => ({ span, index })).filter(({ span }) => span.first <= at.value && at.value <= span.last));
  useEffect(() => {
    let on = true;
    clipOf(`/api/v1/evidence/${encodeURIComponent(plan.evidence)}/clip.zip`)
      .then((found) => (on ? (pictures.value = found) : letGo(found)))
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        unread.value = error.text;
      });
    return () => {
      on = false;
      letGo(pictures.peek());
    };
  }, [plan.evidence]);
  const change = (more: Partial<ClipBlur>) => (blur.value = { ...blur.value, ...more });
  const last = plan.at_ms.length - 1;
  const add = (box: Box) => change({ spans: [...blur.peek().spans, { box, first: 0, last }] });
  const setSpan = (index: number, made: Partial<Span> | null) =>
    change({ spans: blur.peek().spans.flatMap((span, i) => (i !== index ? [span] : made ? [{ ...span, ...made }] : [])) });
  const time = clockTime(plan.at_ms[at.value] ?? 0);
  if (unread.value) return <p class="wrong">{say(unread.value)}</p>;
  return (
    <>
      <Drawn
        original={pictures.value[at.value]?.url ?? ""}
        whole={blur.value.whole}
        boxes={spans.value.map(({ span }) => span.box)}
        add={add}
        put={(shown, box) => {
          const index = spans.peek()[shown]?.index;
          if (index !== undefined) setSpan(index, box && { box });
        }}
        fixed={plan.things.map((thing, number) => (
          <Found key={number} thing={thing} number={number} at={at.value} blur={blur.value} drop={() => change({ without: [...blur.peek().without, number] })} />
        ))}
      />
      <div class="clip-tools">
        <input
          type="range"
          min={0}
          max={last}
          value={at.value}
          aria-label={t("evidence.moment")}
          aria-valuetext={time}
          onInput={(event) => (at.value = Number(event.currentTarget.value))}
        />
        <span class="num">
          {at.value + 1}/{last + 1} · {time}
        </span>
      </div>
      <div class="buttons">
        <button type="button" disabled={blur.value.whole} onClick={() => add(ready())}>
          + {t("blur.add")}
        </button>
        {blur.value.without.length > 0 && (
          <button type="button" onClick={() => change({ without: [] })}>
            {t("clip.back", { n: blur.value.without.length })}
          </button>
        )}
        <label>
          <input type="checkbox" checked={blur.value.whole} onChange={() => change({ whole: !blur.peek().whole })} />
          {t("clip.whole")}
        </label>
      </div>
      {!blur.value.whole && (
        <ul class="spans">
          {blur.value.spans.map((span, i) => (
            <li key={i}>
              <span>{t("clip.span", { n: i + 1, first: span.first + 1, last: span.last + 1 })}</span>
              <button type="button" disabled={at.value > span.last} onClick={() => setSpan(i, { first: at.peek() })}>
                {t("clip.from")}
              </button>
              <button type="button" disabled={at.value < span.first} onClick={() => setSpan(i, { last: at.peek() })}>
                {t("clip.until")}
              </button>
              <button type="button" onClick={() => setSpan(i, null)}>
                {t("clip.drop")}
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Something that was found, where it is in this picture; it may be dropped where it is nobody. */
function Found({ thing, number, at, blur, drop }: { thing: Thing; number: number; at: number; blur: ClipBlur; drop: () => void }) {
  const box = thing.boxes[at - thing.first];
  if (!box || blur.without.includes(number)) return null;
  return (
    <rect
      class="box found"
      x={box[0]}
      y={box[1]}
      width={box[2]}
      height={box[3]}
      role="button"
      tabindex={0}
      aria-label={t(`clip.found.${thing.by}`, { n: number + 1 })}
      data-thing={number}
      onKeyDown={(event) => {
        if (event.key !== "Delete" && event.key !== "Backspace") return;
        drop();
        event.preventDefault();
        event.stopPropagation();
      }}
      onDblClick={drop}
    />
  );
}
