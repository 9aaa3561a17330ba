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

export function keepScale(): void {
  const set = () => document.documentElement.style.setProperty("--letter", `${letterPx()}px`);
  window.addEventListener("resize", set);
  set();
}
