import { computed, signal } from "@preact/signals";
import type { Text } from "../feed/wire";
import { ask, call, Refusal } from "../http/call";
import { me } from "../http/city";
import { askOnce } from "../http/once";
import { merge, type Merged } from "./merging";
import { changes, freeId, type CameraRow, type Kind, type Point, type SetUp } from "./row";
import { withoutShape, type Place } from "./shapes";

export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

export interface Removed {
  readonly id: string;
  readonly name: string;
}

/** A camera being changed: as the server has it, as it is to be, and under which version. */
interface Draft {
  readonly setUp: SetUp;
  readonly version: string;
  readonly row: CameraRow;
}

const LIST_EVERY_MS = 4_000;
const PATH = "/api/v1/cameras";

export const listed = signal<readonly Listed[] | null>(null);
/** Cameras that were taken out and may be taken back. */
export const removed = signal<readonly Removed[]>([]);
export const trouble = signal<Text | null>(null);
export const chosen = signal<string | null>(null);
export const adding = signal(false);
export const place = signal<Place | null>(null);
export const busy = signal(false);
export const saved = signal(false);
export const refused = signal<Refusal | null>(null);
/** What was merged at the last look at the server's version, to be said. */
export const merged = signal<readonly Merged[]>([]);
const drafts = signal<ReadonlyMap<string, Draft>>(new Map());

export const draft = computed(() => (chosen.value === null ? null : (drafts.value.get(chosen.value) ?? null)));
export const changed = computed(() => (draft.value ? changes(draft.value.setUp.camera, draft.value.row) : {}));
export const dirty = computed(() => Object.keys(changed.value).length > 0);
export const mayChange = computed(() => me.value?.role === "supervisor" || me.value?.role === "admin");
export const editable = computed(() => mayChange.value && draft.value !== null && draft.value.setUp.own !== null);

/** What the server says against a field, or against a line, zone or mask and anything in it. One sentence may be
 * about two fields together, as `lon/lat`. */
export function wrongAt(field: string): readonly Text[] {
  const found = Object.entries(refused.value?.fields ?? {});
  const about = (name: string) => name.split("/").includes(field) || name.startsWith(`${field}.`);
  return found.filter(([name]) => about(name)).map(([, text]) => text);
}

export function change(row: CameraRow): void {
  const id = chosen.peek();
  const before = draft.peek();
  if (id === null || !before) return;
  saved.value = false;
  drafts.value = new Map(drafts.peek()).set(id, { ...before, row });
}

export async function follow(): Promise<never> {
  for (;;) {
    try {
      const found = await call<{ cameras: readonly Listed[]; trouble: Text | null; removed: readonly Removed[] }>("GET", PATH);
      listed.value = found.cameras;
      removed.value = found.removed;
      trouble.value = found.trouble;
    } catch {
      // the link's state tells the person; the list stays as it was
    }
    await new Promise((resolve) => setTimeout(resolve, LIST_EVERY_MS));
  }
}

/** Takes the chosen camera out; true when the server has done so. */
export async function remove(): Promise<boolean> {
  const now = draft.peek();
  if (!now) return false;
  const { id, name } = now.row;
  const gone = await attempt(async () => void (await askOnce("DELETE", `${PATH}/${id}`, undefined, { "If-Match": now.version })));
  if (!gone) return false;
  forget(id);
  removed.value = [...removed.peek().filter((one) => one.id !== id), { id, name }];
  listed.value = (listed.peek() ?? []).filter((one) => one.id !== id);
  chosen.value = null;
  return true;
}

/** Takes a removed camera back, as it was. */
export async function bringBack(id: string): Promise<void> {
  await attempt(async () => keep(id, await askOnce("POST", `${PATH}/${id}/return`)));
  if (refused.peek()) return;
  const back = removed.peek().find((one) => one.id === id);
  removed.value = removed.peek().filter((one) => one.id !== id);
  if (back) listed.value = [...(listed.peek() ?? []), { ...back, state: "unknown" }];
  await choose(id);
}

function forget(id: string): void {
  const left = new Map(drafts.peek());
  left.delete(id);
  drafts.value = left;
}

export async function choose(id: string): Promise<void> {
  adding.value = false;
  chosen.value = id;
  place.value = null;
  refused.value = null;
  merged.value = [];
  saved.value = false;
  if (!drafts.peek().has(id) || !dirty.peek()) await load(id);
}

/** The row as the server has it now, with what a person has changed already. */
export async function load(id: string): Promise<void> {
  await attempt(async () => {
    const found = await ask("GET", `${PATH}/${id}`);
    const before = drafts.peek().get(id);
    const now = await keep(id, found);
    if (!before) return;
    const [row, told] = merge(before.setUp.camera, changes(before.setUp.camera, before.row), now.row);
    drafts.value = new Map(drafts.peek()).set(id, { ...now, row });
    merged.value = told;
    place.value = null; // a shape may have another place in the list now
  });
}

export async function save(): Promise<void> {
  const now = draft.peek();
  if (!now) return;
  await attempt(async () => {
    const path = `${PATH}/${now.row.id}`;
    await keep(now.row.id, await askOnce("PATCH", path, changed.peek(), { "If-Match": now.version }));
    merged.value = [];
    saved.value = true;
  });
}

/** A new camera; true when the server has taken it. */
export async function add(row: object & { readonly id: string }): Promise<boolean> {
  const taken = await attempt(async () => keep(row.id, await askOnce("POST", PATH, row)));
  if (!taken) return false;
  const { id, name } = drafts.peek().get(row.id)?.row ?? { id: row.id, name: row.id };
  listed.value = [...(listed.peek() ?? []).filter((one) => one.id !== id), { id, name, state: "unknown" }];
  adding.value = false;
  chosen.value = id;
  return true;
}

export function addShape(kind: Kind, points: readonly Point[]): void {
  const row = draft.peek()?.row;
  if (!row) return;
  const id = freeId(row, kind);
  const [start, end] = points;
  if (kind === "lines" && start && end) change({ ...row, lines: [...row.lines, { id, start, end }] });
  if (kind === "zones") change({ ...row, zones: [...row.zones, { id, name: id, purpose: "restricted", points, closed: "" }] });
  if (kind === "masks") change({ ...row, masks: [...row.masks, { id, points }] });
  place.value = { kind, index: row[kind].length };
}

export function removeShape(one: Place): void {
  const row = draft.peek()?.row;
  if (!row) return;
  place.value = null;
  change(withoutShape(row, one));
}

export function undo(): void {
  const now = draft.peek();
  if (!now) return;
  place.value = null;
  refused.value = null;
  merged.value = [];
  change(now.setUp.camera);
}

async function keep(id: string, response: Response): Promise<Draft> {
  const setUp = (await response.json()) as SetUp;
  const made = { setUp, version: response.headers.get("etag") ?? "", row: setUp.camera };
  drafts.value = new Map(drafts.peek()).set(id, made);
  return made;
}

async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  busy.value = true;
  refused.value = null;
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refused.value = error;
    return false;
  } finally {
    busy.value = false;
  }
}
