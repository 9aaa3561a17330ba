import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { t } from "../i18n/language";
import type { ClipSeeing } from "./clipseeing";

const STEP_S = 0.1;

/**
 * The film that will leave. With tools of our own below it: those of the browser lie over its lower part, play it faster
 * than it can be looked at, and would save what nobody has confirmed.
 */
export function FilmPlayer({ url, old, work }: { url: string; old: boolean; work: ClipSeeing }) {
  const video = useRef<HTMLVideoElement>(null);
  const at = useSignal(0);
  const lasts = useSignal(0);
  const playing = useSignal(false);
  const look = () => {
    if (!video.current) return;
    at.value = video.current.currentTime;
    playing.value = !video.current.paused && !video.current.ended;
    work.play(video.current);
  };
  return (
    <>
      <video
        ref={video}
        class={old ? "old" : ""}
        src={url}
        disablePictureInPicture
        muted
        playsInline
        aria-label={t("clip.result")}
        data-testid="film"
        onLoadedMetadata={(event) => (lasts.value = event.currentTarget.duration)}
        onTimeUpdate={look}
        onPlay={look}
        onPause={look}
        onEnded={look}
        onRateChange={(event) => (event.currentTarget.playbackRate = 1)}
        onContextMenu={(event) => event.preventDefault()}
      />
      <div class="clip-tools">
        <button type="button" onClick={() => (playing.peek() ? video.current?.pause() : void video.current?.play())}>
          {t(playing.value ? "evidence.pause" : "evidence.play")}
        </button>
        <input
          type="range"
          min={0}
          max={lasts.value}
          step={STEP_S}
          value={at.value}
          aria-label={t("clip.moment")}
          aria-valuetext={`${at.value.toFixed(0)} s`}
          onInput={(event) => {
            if (video.current) video.current.currentTime = Number(event.currentTarget.value);
          }}
        />
        <span class="num">
          {at.value.toFixed(0)}/{lasts.value.toFixed(0)} s
        </span>
      </div>
    </>
  );
}
