import { t } from "../i18n/language";
import type { Text } from "../feed/wire";

const TIME_LIMIT_MS = 10_000;

interface ProblemDocument {
  readonly title?: string;
  readonly title_en?: string;
  readonly detail?: string;
  readonly detail_en?: string;
  readonly errors?: readonly { readonly field: string; readonly vi: string; readonly en: string }[];
  readonly trace?: string;
}

/** A refusal or a failure, in words for the person at the screen. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly text: Text,
    readonly fields: Readonly<Record<string, Text>> = {},
    readonly trace: string | null = null,
  ) {
    super(text.en);
  }
}

function both(word: Parameters<typeof t>[0]): Text {
  return { vi: t(word), en: t(word) };
}

function explained(status: number, problem: ProblemDocument): Refusal {
  const vi = [problem.title, problem.detail].filter(Boolean).join(": ");
  const en = [problem.title_en, problem.detail_en].filter(Boolean).join(": ");
  const text = vi ? { vi, en: en || vi } : both(status >= 500 ? "http.failed" : "http.refused");
  const fields = Object.fromEntries((problem.errors ?? []).map((e) => [e.field, { vi: e.vi, en: e.en }]));
  return new Refusal(status, text, fields, problem.trace ?? null);
}

async function problemOf(response: Response): Promise<ProblemDocument> {
  const type = response.headers.get("content-type") ?? "";
  return type.includes("json") ? ((await response.json()) as ProblemDocument) : {};
}

let bearer: string | null = null;

/** What a request needs besides its cookie: a wall's token. For requests that others make for us (map, pictures). */
export function credentials(): Readonly<Record<string, string>> {
  return bearer ? { Authorization: `Bearer ${bearer}` } : {};
}

/** Whether our own server has something at this path. */
export async function answers(path: string): Promise<boolean> {
  try {
    return (await fetch(path, { headers: credentials(), signal: AbortSignal.timeout(TIME_LIMIT_MS) })).ok;
  } catch {
    return false;
  }
}

/** A wall's token, sent with every request from now on. */
export function useToken(token: string | null): void {
  bearer = token;
}

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/**
 * Asks our own server and returns its answer. Throws `Refusal` for anything but success, silence of ten seconds (or
 * `withinMs`) included.
 */
export async function ask(
  method: Method,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
  withinMs = TIME_LIMIT_MS,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        Accept: "application/json",
        ...(body ? { "Content-Type": "application/json" } : {}),
        ...headers,
        ...credentials(),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(withinMs),
    });
  } catch {
    throw new Refusal(0, both("http.unreachable"));
  }
  if (!response.ok) throw explained(response.status, await problemOf(response));
  return response;
}

/** Asks as `ask` does and returns the JSON of the answer. `T` is what the endpoint promises. */
export async function call<T>(method: Method, path: string, body?: object, key?: string): Promise<T> {
  const response = await ask(method, path, body, key ? { "Idempotency-Key": key } : {});
  return (response.status === 204 ? null : await response.json()) as T;
}
