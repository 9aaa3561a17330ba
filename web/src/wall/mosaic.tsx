import { useEffect, useRef } from "preact/hooks";
import { CameraTile } from "../cameras/tile";
import { cams, doubtful, linkState } from "../feed/model";
import { t } from "../i18n/language";
import { full, mosaic, tiles } from "./view";

const TILE_REM = 10;

/** Pictures of the cameras nearest to what matters most. Pressing one puts it in the map's place. */
export function Mosaic() {
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    const seen = new ResizeObserver(([entry]) => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      if (entry) tiles.value = entry.contentRect.width / rem >= 2 * TILE_REM ? 4 : 2;
    });
    if (box.current) seen.observe(box.current);
    return () => seen.disconnect();
  }, []);
  const known = cams.values().length > 0;
  return (
    <section class="mosaic" ref={box} aria-label={t("camera.mosaic")} data-doubtful={doubtful.value}>
      {!known && <p class="quiet">{linkState.value === "connecting" ? t("camera.wait") : t("camera.none")}</p>}
      {mosaic.value.map((id) => (
        <CameraTile key={id} id={id} onPick={(picked) => (full.value = picked)} />
      ))}
    </section>
  );
}

/** One camera in the map's place. */
export function FullCamera() {
  const id = full.value;
  if (!id) return null;
  return (
    <div class="fullcamera">
      <CameraTile id={id} big onPick={() => (full.value = null)} />
    </div>
  );
}
