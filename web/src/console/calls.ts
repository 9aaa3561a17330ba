import { computed, signal } from "@preact/signals";
import type { LonLat, Text } from "../feed/wire";
import { call, Refusal } from "../http/call";
import { t } from "../i18n/language";
import { point } from "./choice";
import { takingCall } from "./commands";
import { fail, succeed } from "./notices";

export const SERVICES = ["113", "114", "115", "112"] as const;
export type Service = (typeof SERVICES)[number];

export interface Question {
  readonly code: string;
  readonly text: Text;
  readonly answer: "yes_no" | "number" | "text";
  readonly services: readonly Service[];
}

export interface Category {
  readonly code: string;
  readonly name: Text;
  readonly service: Service;
}

export interface CallForm {
  readonly categories: readonly Category[];
  readonly questions: readonly Question[];
}

export interface Draft {
  readonly service: Service;
  readonly dialled: Service;
  readonly category: string;
  readonly name: string;
  readonly phone: string;
  readonly address: string;
  readonly uncertainty: number;
  readonly narrative: string;
  /** The place chosen, kept while the form is away. */
  readonly at: LonLat | null;
  readonly answers: Readonly<Record<string, string>>;
}

const EMPTY: Draft = {
  service: "114",
  dialled: "114",
  category: "",
  name: "",
  phone: "",
  address: "",
  uncertainty: 100,
  narrative: "",
  at: null,
  answers: {},
};

/** The call being written. Kept in memory only: it holds people's data, and no reconnection takes it away. */
export const draft = signal<Draft>(EMPTY);
export const saving = signal(false);
export const form = signal<CallForm>({ categories: [], questions: [] });
/** What the server found wrong, by field. */
export const wrong = signal<Readonly<Record<string, Text>>>({});

/** Whether a call half written waits while something else has the middle of the screen. */
export const draftKept = computed(() => !takingCall.value && holdsWords(draft.value));

function holdsWords({ at, category, name, phone, address, narrative, answers }: Draft): boolean {
  return at !== null || [category, name, phone, address, narrative, ...Object.values(answers)].some((text) => text.trim() !== "");
}

let key = crypto.randomUUID();

export function change(part: Partial<Draft>): void {
  draft.value = { ...draft.peek(), ...part };
}

export async function loadForm(): Promise<void> {
  try {
    form.value = await call<CallForm>("GET", "/api/v1/calls/form");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error; // the form works without the questions
  }
}

export function leave(): void {
  takingCall.value = false;
}

function filled(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, text]) => text.trim() !== ""));
}

function answersOf(said: Draft): Record<string, string | number> {
  const asked = form.peek().questions.filter((question) => question.services.includes(said.service));
  const pairs = asked.flatMap(({ code, answer }) => {
    const given = said.answers[code]?.trim();
    return given ? [[code, answer === "number" ? Number(given) : given] as const] : [];
  });
  return Object.fromEntries(pairs);
}

function bodyOf(said: Draft, at: LonLat | null): object {
  const caller = filled({ name: said.name, phone: said.phone });
  const answers = answersOf(said);
  return {
    service: said.service,
    number_dialled: said.dialled,
    ...filled({ address: said.address, narrative: said.narrative, category: said.category }),
    ...(Object.keys(caller).length ? { caller } : {}),
    ...(at ? { location: { lat: at[1], lon: at[0], uncertainty_m: said.uncertainty } } : {}),
    ...(Object.keys(answers).length ? { answers } : {}),
  };
}

/** Sends the call; a repeat after a broken connection is kept once, because it has the same key. */
export async function send(): Promise<void> {
  saving.value = true;
  wrong.value = {};
  try {
    const made = await call<{ number: string }>("POST", "/api/v1/calls", bodyOf(draft.peek(), point.peek()), key);
    key = crypto.randomUUID();
    draft.value = EMPTY;
    point.value = null;
    succeed("act.done.call", made.number);
    leave();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    wrong.value = error.fields;
    if (error.status >= 400 && error.status < 500) key = crypto.randomUUID();
    fail(t("call.failed"), error);
  } finally {
    saving.value = false;
  }
}
