import { batch, signal, type Signal } from "@preact/signals";
import { heardServerTime } from "./clock";
import { readFrame, type Box, type FeedError, type Frame, type Hello, type Wanted } from "./wire";

export const STALE_AFTER_MS = 3_000;
export const LOST_AFTER_MS = 10_000;
/** A socket silent for so long is taken for half-open and dropped. */
const GIVE_UP_AFTER_MS = 5_000;
/** After a longer silence a snapshot is asked for: an old queue must not be replayed quickly. */
const REPLAY_AT_MOST_MS = 60_000;
const BACKOFF_BASE_MS = 400;
const BACKOFF_CAP_MS = 4_000;
/** A server that has refused us is asked again, but not at once. */
const REFUSED_WAIT_MS = 5_000;
/** A socket seen to close needs no three seconds of doubt, only time for one quick retry. */
const STALE_AFTER_CLOSE_MS = 1_500;
const WATCH_EVERY_MS = 100;

export type LinkState = "connecting" | "live" | "stale" | "lost";

export interface LinkOptions {
  readonly url: string;
  readonly topics: readonly Wanted[];
  readonly bbox?: Box;
  /** A wall's or device's token; people come with a cookie. */
  readonly token?: string | null;
  readonly onFrame: (frame: Frame) => void;
  /** Told of every binary message: a camera's picture. */
  readonly onPicture?: (message: ArrayBuffer) => void;
}

/** One connection to the feed, kept for the life of the page: watched, dropped when silent, resumed in place. */
export class Link {
  readonly state: Signal<LinkState> = signal("connecting");
  /** Milliseconds since the last word of the server. */
  readonly silence: Signal<number> = signal(0);
  readonly attempts: Signal<number> = signal(0);
  readonly hello: Signal<Hello | null> = signal(null);
  /** True once the server runs another build than the one this page met first. */
  readonly outdated: Signal<boolean> = signal(false);
  /** Whole seconds since the server's database last answered; null while it does. */
  readonly storeAway: Signal<number | null> = signal(null);
  readonly error: Signal<FeedError | null> = signal(null);
  readonly dropped: Signal<number> = signal(0);
  /** How often a dropped connection was taken up again, complete or by a fresh snapshot. */
  readonly resumed: Signal<number> = signal(0);

  private build: string | null = null;
  private socket: WebSocket | null = null;
  private heardAt = performance.now();
  private openedAt = 0;
  private closedAt: number | null = null;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private epoch: string | null = null;
  private upto: number | null = null;
  private subscribed = false;
  private watched: string | null = null;

  constructor(private readonly options: LinkOptions) {}

  start(): void {
    setInterval(() => this.look(), WATCH_EVERY_MS);
    window.addEventListener("online", () => this.reconnectNow());
    document.addEventListener("visibilitychange", () => document.hidden || this.look());
    this.connect();
  }

  /** Asks for more pictures a second of one camera, or of none. Kept over a lost connection. */
  watch(camera: string | null): void {
    if (camera === this.watched) return;
    this.watched = camera;
    if (this.subscribed) this.tellWatched();
  }

  private tellWatched(): void {
    this.socket?.send(JSON.stringify({ op: "watch", camera: this.watched }));
  }

  private connect(): void {
    this.retry = null;
    this.subscribed = false;
    this.openedAt = performance.now();
    const socket = new WebSocket(this.options.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => this.greet(socket);
    socket.onmessage = (message) => this.hear(socket, message);
    socket.onclose = () => this.closed(socket);
  }

  private greet(socket: WebSocket): void {
    if (this.options.token) socket.send(JSON.stringify({ op: "auth", token: this.options.token }));
    const resume = this.upto !== null && performance.now() - this.heardAt < REPLAY_AT_MOST_MS;
    socket.send(
      JSON.stringify({
        op: "subscribe",
        topics: this.options.topics,
        ...(this.options.bbox ? { bbox: this.options.bbox } : {}),
        ...(resume ? { epoch: this.epoch, since: this.upto } : {}),
      }),
    );
  }

  private hear(socket: WebSocket, message: MessageEvent<unknown>): void {
    if (socket !== this.socket) return;
    if (message.data instanceof ArrayBuffer) this.options.onPicture?.(message.data);
    if (typeof message.data !== "string") return;
    const frame = readFrame(message.data);
    if (!frame) return;
    batch(() => {
      this.take(frame);
      if (this.subscribed) this.heard();
    });
  }

  private take(frame: Frame): void {
    switch (frame.t) {
      case "sys.hello":
        this.hello.value = frame.d;
        this.heardBuild(frame.d.build);
        heardServerTime(frame.d.now);
        break;
      case "sys.subscribed":
        this.begin(frame.d.epoch, frame.d.upto);
        break;
      case "sys.hb":
        this.heardBuild(frame.d.build);
        this.epoch = frame.d.epoch;
        this.upto = frame.d.upto;
        this.storeAway.value = frame.d.store_away_s ?? null;
        heardServerTime(frame.d.now);
        break;
      case "sys.lag":
        this.dropped.value += frame.d.dropped;
        break;
      case "sys.error":
        this.error.value = frame.d;
        break;
    }
    this.options.onFrame(frame);
  }

  private heardBuild(build: string): void {
    this.build ??= build;
    this.outdated.value = build !== this.build;
  }

  private begin(epoch: string, upto: number): void {
    if (this.epoch !== null) this.resumed.value += 1;
    this.epoch = epoch;
    this.upto = upto;
    this.subscribed = true;
    this.attempts.value = 0;
    this.error.value = null;
    if (this.watched !== null) this.tellWatched();
  }

  private heard(): void {
    this.heardAt = performance.now();
    this.closedAt = null;
    this.silence.value = 0;
    this.state.value = "live";
  }

  private closed(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    this.closedAt ??= performance.now();
    this.schedule();
  }

  private schedule(): void {
    if (this.retry !== null) return;
    const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** this.attempts.peek());
    const least = this.error.peek() ? REFUSED_WAIT_MS : 0;
    this.attempts.value += 1;
    this.retry = setTimeout(() => this.connect(), least + Math.random() * ceiling);
  }

  private reconnectNow(): void {
    if (this.state.peek() === "live") return;
    if (this.retry !== null) clearTimeout(this.retry);
    this.drop();
    this.connect();
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private doubtful(at: number, silence: number): boolean {
    return silence >= STALE_AFTER_MS || (this.closedAt !== null && at - this.closedAt >= STALE_AFTER_CLOSE_MS);
  }

  /** Looks at the silence, not at the socket: a half-open socket says nothing and looks alive. */
  private look(): void {
    const at = performance.now();
    const silence = at - this.heardAt;
    batch(() => {
      this.silence.value = silence;
      if (silence >= LOST_AFTER_MS) this.state.value = "lost";
      else if (this.state.peek() === "live" && this.doubtful(at, silence)) this.state.value = "stale";
    });
    if (this.socket && silence >= GIVE_UP_AFTER_MS && at - this.openedAt >= GIVE_UP_AFTER_MS) {
      this.drop();
      this.schedule();
    }
  }
}
