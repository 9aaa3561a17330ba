/**
 * Cameras' pictures. Nothing queues: of each camera the newest JPEG is kept as it came, and only a tile on the screen
 * has it decoded, one picture at a time. A hidden page drops them all.
 */

const VERSION = 1;
const HEAD = 2;
const STAMP = 8;
/** More cameras than a city's wall and console look at; the one heard longest ago goes first. */
const MOST = 200;

export interface Picture {
  readonly camera: string;
  /** When it was taken, milliseconds since 1970. */
  readonly at: number;
  readonly jpeg: Uint8Array<ArrayBuffer>;
}

type Look = (picture: Picture) => void;

const SET_BACK_MS = 10_000; // one that is older by more is newer: a clock was set back

const newest = new Map<string, Picture>();
const lookers = new Map<string, Set<Look>>();

/** A binary message: version, length of the id, id, eight bytes of time, JPEG. Null when it is none of ours. */
export function readPicture(message: ArrayBuffer): Picture | null {
  const view = new DataView(message);
  if (view.byteLength < HEAD || view.getUint8(0) !== VERSION) return null;
  const length = view.getUint8(1);
  const body = HEAD + length + STAMP;
  if (length === 0 || view.byteLength <= body) return null;
  return {
    camera: new TextDecoder().decode(new Uint8Array(message, HEAD, length)),
    at: Number(view.getBigUint64(HEAD + length)),
    jpeg: new Uint8Array(message, body),
  };
}

/** Takes a message of the feed; an older picture than the one at hand is left out. */
export function takePicture(message: ArrayBuffer): void {
  if (document.hidden) return;
  const picture = readPicture(message);
  const behind = picture ? (newest.get(picture.camera)?.at ?? 0) - picture.at : 0;
  if (!picture || (behind > 0 && behind < SET_BACK_MS)) return;
  newest.delete(picture.camera); // so that the order of the map is the order of arrival
  newest.set(picture.camera, picture);
  for (const camera of newest.keys()) {
    if (newest.size <= MOST) break;
    newest.delete(camera);
  }
  for (const look of lookers.get(picture.camera) ?? []) look(picture);
}

/** Shows a camera's pictures as they come, the last one at once; returns the way to stop. */
export function lookAt(camera: string, look: Look): () => void {
  const all = lookers.get(camera) ?? new Set();
  lookers.set(camera, all.add(look));
  const last = newest.get(camera);
  if (last) look(last);
  return () => {
    all.delete(look);
    if (all.size === 0) lookers.delete(camera);
  };
}

/**
 * Draws pictures on a canvas, one at a time: while one is being decoded only the newest of those that come is kept.
 * `shown` is told the time of each picture that stands on the canvas.
 */
export function painter(canvas: HTMLCanvasElement, shown: (at: number) => void): Look {
  const pen = canvas.getContext("2d");
  let next: Picture | null = null;
  let busy = false;
  const work = async () => {
    busy = true;
    while (next) {
      const picture = next;
      next = null;
      await paint(picture);
    }
    busy = false;
  };
  const paint = async (picture: Picture) => {
    try {
      const image = await createImageBitmap(new Blob([picture.jpeg], { type: "image/jpeg" }));
      if (canvas.width !== image.width) canvas.width = image.width;
      if (canvas.height !== image.height) canvas.height = image.height;
      pen?.drawImage(image, 0, 0);
      image.close();
      shown(picture.at);
    } catch {
      // a broken picture is not shown: the age of the one before it goes on and tells of it
    }
  };
  return (picture) => {
    next = picture;
    if (!busy) void work();
  };
}
