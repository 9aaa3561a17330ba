/** A name of the map and where it belongs, by [lon, lat]; the lower rank has its place first. */
export interface PlaceName {
  readonly text: string;
  readonly at: readonly [number, number];
  readonly rank: number;
}

/** A name as it is to be written: its lines, and the box they fill in CSS pixels. */
export interface Written {
  readonly lines: readonly string[];
  readonly box: DOMRectReadOnly;
}

type Project = (at: readonly [number, number]) => { readonly x: number; readonly y: number } | null;

/** Where a name may go, in its own widths and heights from its point: nearest first. */
const SPOTS: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, -1],
  [0, 1],
  [0.6, 0],
  [-0.6, 0],
  [0.6, -1],
  [-0.6, -1],
  [0.6, 1],
  [-0.6, 1],
  [0, -2],
  [0, 2],
  [1.1, 0],
  [-1.1, 0],
];
const MOST_EM = 8;
const LEADING = 1.25;
const MARGIN_EM = 0.25;

/**
 * Finds each name the first spot that nothing has taken. A name stays in its spot while that is free, so that a
 * passing unit moves it at most once; another zoom starts afresh.
 */
export class PlaceNames {
  private names: readonly PlaceName[] = [];
  private readonly kept = new Map<PlaceName, number>();
  private zoom = Number.NaN;

  set(names: readonly PlaceName[]): void {
    this.names = [...names].sort((a, b) => a.rank - b.rank);
    this.kept.clear();
  }

  /** Where the points of the names lie on the screen. */
  points(project: Project): { readonly x: number; readonly y: number }[] {
    return this.names.flatMap((name) => project(name.at) ?? []);
  }

  /** Adds the boxes of the names to `taken`. A name without a free spot is left out. */
  place(pen: CanvasRenderingContext2D, letterPx: number, zoom: number, project: Project, taken: DOMRectReadOnly[]): Written[] {
    if (Math.abs(zoom - this.zoom) > 0.01) this.kept.clear();
    this.zoom = zoom;
    return this.names.flatMap((name) => {
      const at = project(name.at);
      const found = at && this.spot(name, at, measured(pen, name.text, letterPx), letterPx * MARGIN_EM, taken);
      if (found) taken.push(found.box);
      return found ? [found] : [];
    });
  }

  private spot(
    name: PlaceName,
    at: { readonly x: number; readonly y: number },
    size: { readonly lines: readonly string[]; readonly width: number; readonly height: number },
    margin: number,
    taken: readonly DOMRectReadOnly[],
  ): Written | null {
    const { lines, width, height } = size;
    const kept = this.kept.get(name);
    const order = kept === undefined ? SPOTS.keys() : [kept, ...SPOTS.keys()];
    for (const index of order) {
      const [across, down] = SPOTS[index] ?? [0, 0];
      const left = at.x + across * (width + margin) - width / 2;
      const box = new DOMRectReadOnly(left, at.y + down * (height + margin) - height / 2, width, height);
      const room = new DOMRectReadOnly(box.x - margin, box.y, width + 2 * margin, height);
      if (taken.some((other) => overlaps(room, other))) continue;
      this.kept.set(name, index);
      return { lines, box };
    }
    return null;
  }
}

function measured(pen: CanvasRenderingContext2D, text: string, letterPx: number) {
  const width = (words: string) => pen.measureText(words).width;
  const lines = width(text) > MOST_EM * letterPx ? halved(text) : [text];
  return { lines, width: Math.max(...lines.map(width)), height: lines.length * letterPx * LEADING };
}

/** In two lines, cut at the space nearest to the middle. */
function halved(text: string): string[] {
  const middle = text.length / 2;
  const spaces = [...text.matchAll(/(?<!≈) /gu)].map((found) => found.index);
  const cut = spaces.reduce((best, one) => (Math.abs(one - middle) < Math.abs(best - middle) ? one : best), Infinity);
  return Number.isFinite(cut) ? [text.slice(0, cut), text.slice(cut + 1)] : [text];
}

export function overlaps(a: DOMRectReadOnly, b: DOMRectReadOnly): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
