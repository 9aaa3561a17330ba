import { ask } from "../http/call";

/** One picture of a clip: when it was taken (milliseconds since 1970), and where the browser has it. */
export interface ClipPicture {
  readonly at: number;
  readonly url: string;
}

const HEAD = 0x04034b50;
const HEAD_BYTES = 30;
const STORED = 0;
const NAME = /^\d+-(\d+)\.jpg$/;

/**
 * The pictures of a clip in order, fetched once: each fetch is a line of the audit chain. The file is a ZIP whose entries
 * are stored as they are, so walking its heads is all it takes.
 */
export async function clipOf(url: string): Promise<readonly ClipPicture[]> {
  const data = await (await ask("GET", url)).arrayBuffer();
  return entriesOf(data).flatMap(({ name, body }) => {
    const at = NAME.exec(name)?.[1];
    return at ? [{ at: Number(at), url: URL.createObjectURL(new Blob([body], { type: "image/jpeg" })) }] : [];
  });
}

export function letGo(pictures: readonly ClipPicture[]): void {
  for (const picture of pictures) URL.revokeObjectURL(picture.url);
}

interface Entry {
  readonly name: string;
  readonly body: ArrayBuffer;
}

function entriesOf(data: ArrayBuffer): Entry[] {
  const view = new DataView(data);
  const found: Entry[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= view.byteLength && view.getUint32(at, true) === HEAD) {
    const size = view.getUint32(at + 18, true);
    const nameBytes = view.getUint16(at + 26, true);
    const start = at + HEAD_BYTES + nameBytes + view.getUint16(at + 28, true);
    if (view.getUint16(at + 8, true) !== STORED || start + size > view.byteLength) break;
    const name = new TextDecoder().decode(new Uint8Array(data, at + HEAD_BYTES, nameBytes));
    found.push({ name, body: data.slice(start, start + size) });
    at = start + size;
  }
  return found;
}

/** The picture that stood at a time: the last one taken at or before it. */
export function pictureAt(pictures: readonly ClipPicture[], time: number): number {
  const next = pictures.findIndex((picture) => picture.at > time);
  return Math.max(0, (next < 0 ? pictures.length : next) - 1);
}
