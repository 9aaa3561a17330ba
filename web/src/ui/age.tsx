import { second } from "../feed/clock";
import { age, elapsed } from "../i18n/format";
import { language } from "../i18n/language";

/** Age of a value by the server's clock. */
export function Age({ at }: { at: string }) {
  language.value;
  return <span class="age num">{age(second.value - Date.parse(at))}</span>;
}

/** A clock running since a time. */
export function Running({ since }: { since: string }) {
  language.value;
  return <span class="num">{elapsed(second.value - Date.parse(since))}</span>;
}
