/**
 * Letters by distance of the furthest eye. On a wall of two 55-inch full-HD screens (3840 px, 0.63 mm a pixel) four
 * metres need 42 px; a narrower window is taken for a smaller, nearer screen. `?distance=6` gives half as much again.
 */
const WALL_WIDTH_PX = 3840;
const WALL_LETTER_PX = 42;
const WALL_DISTANCE_M = 4;
const LEAST_PX = 14;

export function distance(): number {
  const asked = Number(new URLSearchParams(location.search).get("distance"));
  return asked >= 1 && asked <= 20 ? asked : WALL_DISTANCE_M;
}

/** The smallest letter of the wall, in pixels: one rem. */
export function letterPx(): number {
  const byWidth = (WALL_LETTER_PX * window.innerWidth) / WALL_WIDTH_PX;
  return Math.max(LEAST_PX, (Math.min(byWidth, WALL_LETTER_PX) * distance()) / WALL_DISTANCE_M);
}

/** Room in letters' heights: a very wide wall has its cameras in a column of their own. */
const WIDE_REM = 84;
const LOW_REM = 34;
const NARROW_REM = 74;
/** A screen set upright has the map above and the rest below, if it is no telephone. */
const UPRIGHT_REM = 56;

/** Large letters on a small wall leave room for the map, the gravest figures and the ticker alone. */
const VERY_LOW_REM = 20;

function layoutOf(letter: number): "wide" | "tall" | "upright" | "tight" | "tight low" {
  const [width, height] = [window.innerWidth / letter, window.innerHeight / letter];
  if (height < VERY_LOW_REM) return "tight low";
  if (height > width && width >= UPRIGHT_REM) return "upright";
  if (width < NARROW_REM) return "tight";
  return width >= WIDE_REM && height < LOW_REM ? "wide" : "tall";
}

export function keepScale(): void {
  const set = () => {
    const letter = letterPx();
    document.documentElement.style.setProperty("--letter", `${letter}px`);
    document.documentElement.dataset.layout = layoutOf(letter);
  };
  window.addEventListener("resize", set);
  set();
}
