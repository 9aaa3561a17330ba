import { t } from "../i18n/language";

const WIDTH = 100;
const HEIGHT = 32;
const EDGE = 3;

interface Band {
  readonly lo?: number | null | undefined;
  readonly hi?: number | null | undefined;
}

/** The last values of an indicator as a line over the band it should stay in. */
export function Spark({ points, lo, hi }: { points: readonly number[] } & Band) {
  if (points.length < 3) return <span class="spark" />;
  const limits = [lo, hi].filter((limit): limit is number => typeof limit === "number");
  const [least, most] = [Math.min(...points, ...limits), Math.max(...points, ...limits)];
  const range = most - least || 1;
  const low = most === least ? least - range / 2 : least; // what never changes runs along the middle
  const y = (value: number) => HEIGHT - EDGE - ((value - low) / range) * (HEIGHT - 2 * EDGE);
  const x = (i: number) => (i / (points.length - 1)) * (WIDTH - 2) + 1;
  const top = typeof hi === "number" ? y(hi) : 0;
  const bottom = typeof lo === "number" ? y(lo) : HEIGHT;
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t("strip.trend")}>
      {limits.length > 0 && <rect class="band" x="0" y={top} width={WIDTH} height={Math.max(0, bottom - top)} />}
      {limits.map((limit) => (
        <line key={limit} class="limit" x1="0" x2={WIDTH} y1={y(limit)} y2={y(limit)} vector-effect="non-scaling-stroke" />
      ))}
      <polyline
        points={points.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(" ")}
        vector-effect="non-scaling-stroke"
      />
    </svg>
  );
}
