import { signal } from "@preact/signals";
import type { Refusal } from "../http/call";
import { say, t, type Word } from "../i18n/language";
import { PlainSign } from "../ui/signs";

interface Failure {
  readonly id: number;
  readonly what: string;
  readonly refusal: Refusal;
  readonly again: (() => void) | null;
}

const SAID_FOR_MS = 5_000;
const MOST = 5;

const failures = signal<readonly Failure[]>([]);
const said = signal<{ readonly word: Word; readonly number: string } | null>(null);
let count = 0;

/** Something did not happen: stays until a person has seen it. */
export function fail(what: string, refusal: Refusal, again: (() => void) | null = null): void {
  count += 1;
  failures.value = [...failures.peek(), { id: count, what, refusal, again }].slice(-MOST);
}

/** Something happened: said once, gone by itself. */
export function succeed(word: Word, number: string): void {
  const here = { word, number };
  said.value = here;
  setTimeout(() => {
    if (said.peek() === here) said.value = null;
  }, SAID_FOR_MS);
}

function drop(failure: Failure): void {
  failures.value = failures.peek().filter((one) => one !== failure);
}

export function Notices() {
  return (
    <>
      <div class="failures" role="alert">
        {failures.value.map((failure) => (
          <div class="failure" key={failure.id}>
            <PlainSign sign="warn" />
            <p>
              <strong>{failure.what}.</strong> {say(failure.refusal.text)}. {t("act.rolledback")}
              {failure.refusal.trace && <span class="trace"> ({failure.refusal.trace})</span>}
            </p>
            {failure.again && (
              <button type="button" onClick={() => (drop(failure), failure.again?.())}>
                {t("retry")}
              </button>
            )}
            <button type="button" onClick={() => drop(failure)}>
              {t("dismiss")}
            </button>
          </div>
        ))}
      </div>
      <p class="said" role="status">
        {said.value && t(said.value.word, { number: said.value.number })}
      </p>
    </>
  );
}
