import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Refusal } from "../http/call";
import type { Text } from "../feed/wire";
import { clockTime } from "../i18n/format";
import { say, t } from "../i18n/language";
import { clipOf, letGo, pictureAt, type ClipPicture } from "../release/clip";

const TICK_MS = 100;

/** Plays a clip at its own pace, stops, and goes to any moment of it. */
export function ClipPlayer({ url, name }: { url: string; name: string }) {
  const pictures = useSignal<readonly ClipPicture[] | null>(null);
  const refused = useSignal<Text | null>(null);
  useEffect(() => {
    let on = true;
    clipOf(url)
      .then((found) => (on ? (pictures.value = found) : letGo(found)))
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        refused.value = error.text;
      });
    return () => {
      on = false;
      letGo(pictures.peek() ?? []);
    };
  }, [url]);
  if (refused.value) {
    return (
      <p class="wrong" role="alert">
        {say(refused.value)}
      </p>
    );
  }
  if (!pictures.value) return <p class="quiet">{t("evidence.wait")}</p>;
  return pictures.value.length > 0 ? <Player pictures={pictures.value} name={name} /> : <p class="wrong">{t("evidence.empty")}</p>;
}

function Player({ pictures, name }: { pictures: readonly ClipPicture[]; name: string }) {
  const [first, last] = [pictures[0]?.at ?? 0, pictures[pictures.length - 1]?.at ?? 0];
  const time = useSignal(first);
  const playing = useSignal(!window.matchMedia("(prefers-reduced-motion: reduce)").matches);
  useEffect(() => {
    const step = setInterval(() => {
      if (!playing.peek()) return;
      time.value = Math.min(last, time.peek() + TICK_MS);
      if (time.peek() >= last) playing.value = false;
    }, TICK_MS);
    return () => clearInterval(step);
  }, [pictures]);
  const press = () => {
    if (!playing.peek() && time.peek() >= last) time.value = first;
    playing.value = !playing.peek();
  };
  const shown = pictures[pictureAt(pictures, time.value)];
  return (
    <div class="clip">
      <img src={shown?.url} alt={t("evidence.picture", { name, time: clockTime(shown?.at ?? first) })} data-testid="clip" />
      <div class="clip-tools">
        <button type="button" onClick={press}>
          {t(playing.value ? "evidence.pause" : "evidence.play")}
        </button>
        <input
          type="range"
          min={first}
          max={last}
          step={TICK_MS}
          value={time.value}
          aria-label={t("evidence.moment")}
          aria-valuetext={clockTime(time.value)}
          onInput={(event) => {
            playing.value = false;
            time.value = Number(event.currentTarget.value);
          }}
        />
        <span class="num">{clockTime(shown?.at ?? first)}</span>
      </div>
    </div>
  );
}
