import { freeId, KINDS, type CameraRow, type CountingLine, type Kind, type Mask, type Zone } from "./row";

type Shape = CountingLine | Zone | Mask;

/**
 * What a person should know of a merged shape: mine had to take another name (`now`), both changed it and mine stands, it
 * stays because others changed what I removed, or comes back because I changed what others removed.
 */
export interface Merged {
  readonly id: string;
  readonly how: "renamed" | "both" | "stays" | "back";
  readonly now: string;
}

/**
 * What I changed in the row as it was (`base`), brought into the row as others have it now. A shape others added,
 * changed or removed stays so unless I changed that very one; one that both added under a name is kept twice.
 */
export function merge(base: CameraRow, mine: Partial<CameraRow>, theirs: CameraRow): readonly [row: CameraRow, told: readonly Merged[]] {
  const told: Merged[] = [];
  let row: CameraRow = { ...theirs, ...mine, lines: theirs.lines, zones: theirs.zones, masks: theirs.masks };
  for (const kind of KINDS) {
    const wanted = mine[kind];
    if (wanted) row = withMine(row, kind, base[kind], wanted, told);
  }
  return [row, told];
}

function withMine(theirs: CameraRow, kind: Kind, base: readonly Shape[], mine: readonly Shape[], told: Merged[]): CameraRow {
  const [was, now] = [byId(base), byId(mine)];
  const kept = theirs[kind].flatMap((one): readonly Shape[] => {
    const [before, own] = [was.get(one.id), now.get(one.id)];
    if (!before) return [one];
    if (!own && same(one, before)) return [];
    if (!own) {
      told.push({ id: one.id, how: "stays", now: one.id });
      return [one];
    }
    if (same(own, before)) return [one];
    if (!same(one, before) && !same(one, own)) told.push({ id: one.id, how: "both", now: one.id });
    return [own];
  });
  const there = byId(theirs[kind]);
  let row = put(theirs, kind, kept);
  for (const own of mine) {
    const before = was.get(own.id);
    if (before && (there.has(own.id) || same(own, before))) continue;
    const other = there.get(own.id);
    if (other && same(other, own)) continue;
    const id = other ? freeId({ ...row, [kind]: [...row[kind], ...mine] }, kind) : own.id;
    if (other) told.push({ id: own.id, how: "renamed", now: id });
    else if (before) told.push({ id: own.id, how: "back", now: id });
    row = put(row, kind, [...row[kind], named(own, id)]);
  }
  return row;
}

function named(shape: Shape, id: string): Shape {
  return "name" in shape && shape.name === shape.id ? { ...shape, id, name: id } : { ...shape, id };
}

function put(row: CameraRow, kind: Kind, shapes: readonly Shape[]): CameraRow {
  return { ...row, [kind]: shapes };
}

function byId(shapes: readonly Shape[]): ReadonlyMap<string, Shape> {
  return new Map(shapes.map((one) => [one.id, one]));
}

function same(one: Shape, other: Shape): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
