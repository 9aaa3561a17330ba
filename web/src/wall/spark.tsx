import { t } from "../i18n/language";

const WIDTH = 100;
const HEIGHT = 32;

/** The last values of an indicator as a line, scaled to their own range. */
export function Spark({ points }: { points: readonly number[] }) {
  if (points.length < 3) return <span class="spark" />;
  const low = Math.min(...points);
  const range = Math.max(...points) - low || 1;
  const place = (value: number, i: number) => {
    const x = (i / (points.length - 1)) * (WIDTH - 4) + 2;
    return `${x.toFixed(1)},${(HEIGHT - 4 - ((value - low) / range) * (HEIGHT - 8)).toFixed(1)}`;
  };
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t("strip.trend")}>
      <polyline points={points.map(place).join(" ")} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
