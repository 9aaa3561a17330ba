import { ask, Refusal, type Method } from "./call";

/** As long as a person who sends the same once more means what they have just sent. */
const SAME_MS = 10 * 60_000;

interface Sent {
  readonly about: string;
  readonly key: string;
  readonly at: number;
}

/** What was sent and of which nobody knows what became, by what it says. */
const open = new Map<string, Sent>();

/** Whether it is not known what became of a request: no answer came, or that of a server in trouble. */
export function isOpen(error: unknown): boolean {
  return error instanceof Refusal && (error.status === 0 || error.status >= 500);
}

function keyOf(said: string): string {
  const before = open.get(said);
  return before && Date.now() - before.at < SAME_MS ? before.key : crypto.randomUUID();
}

/** What a path is about: `/api/v1/reports/7` of `/api/v1/reports/7/publish`. */
function aboutOf(path: string): string {
  return path.split("/", 5).join("/");
}

/** Once something was done to a thing, whatever a person asks of it is asked anew. */
function settle(about: string): void {
  for (const [said, sent] of open) if (sent.about === about) open.delete(said);
}

/**
 * Asks for something to be done, as `ask` does. Sent again after no answer came, it has the same key, so that it is done once and
 * answered as the first time.
 */
export async function askOnce(
  method: Method,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
  withinMs?: number,
): Promise<Response> {
  const said = JSON.stringify([method, path, body ?? null]);
  const about = aboutOf(path);
  const key = keyOf(said);
  open.set(said, { about, key, at: Date.now() });
  try {
    const response = await ask(method, path, body, { ...headers, "Idempotency-Key": key }, withinMs);
    settle(about);
    return response;
  } catch (error) {
    if (!isOpen(error)) open.delete(said);
    throw error;
  }
}

/** Posts as `askOnce` does and returns the JSON of the answer. `T` is what the endpoint promises. */
export async function postOnce<T>(path: string, body?: object, withinMs?: number): Promise<T> {
  const response = await askOnce("POST", path, body, {}, withinMs);
  return (response.status === 204 ? null : await response.json()) as T;
}
