import { signal, type Signal } from "@preact/signals";

interface Entry<T> {
  readonly ts: string;
  readonly value: T;
}

/** A time as text that sorts: always with six digits of a second, as some values carry three and some none. */
function comparable(ts: string): string {
  const [whole = "", fraction = ""] = ts.replace("Z", "").split(".");
  return `${whole}.${fraction.padEnd(6, "0")}`;
}

/**
 * Things by key, newest source time wins, bounded. One signal counts versions, so a thousand changes in a tenth
 * of a second are one update of the screen; nothing here listens per message.
 */
export class Keyed<T> {
  private readonly entries = new Map<string, Entry<T>>();
  private dirty = false;
  readonly version: Signal<number> = signal(0);

  /** `limit` is the most kept; `spare` says which may go first when it is reached. */
  constructor(
    private readonly limit: number,
    private readonly spare: (value: T) => boolean = () => true,
  ) {}

  put(key: string, ts: string, value: T): boolean {
    const old = this.entries.get(key);
    if (old && comparable(old.ts) > comparable(ts)) return false;
    this.entries.delete(key); // so that the order of the map is the order of change
    this.entries.set(key, { ts, value });
    this.dirty = true;
    if (this.entries.size > this.limit) this.evict();
    return true;
  }

  delete(key: string): void {
    if (this.entries.delete(key)) this.dirty = true;
  }

  replace(rows: Iterable<readonly [key: string, ts: string, value: T]>): void {
    this.entries.clear();
    this.dirty = true;
    for (const [key, ts, value] of rows) this.put(key, ts, value);
  }

  /** Tells the screen, if anything changed since the last call. */
  publish(): void {
    if (!this.dirty) return;
    this.dirty = false;
    this.version.value += 1;
  }

  get(key: string): T | undefined {
    this.version.value;
    return this.entries.get(key)?.value;
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  keys(): string[] {
    this.version.value;
    return [...this.entries.keys()];
  }

  values(): T[] {
    this.version.value;
    return Array.from(this.entries.values(), (entry) => entry.value);
  }

  get size(): number {
    return this.entries.size;
  }

  private evict(): void {
    for (const [key, entry] of this.entries) {
      if (this.entries.size <= this.limit) return;
      if (this.spare(entry.value)) this.entries.delete(key);
    }
    for (const key of this.entries.keys()) {
      if (this.entries.size <= this.limit) return;
      this.entries.delete(key);
    }
  }
}
