import { second } from "../feed/clock";
import { span } from "../i18n/format";
import { language } from "../i18n/language";

/** Age of a value by the server's clock. */
export function Age({ at }: { at: string }) {
  language.value;
  return <span class="age num">{span(second.value - Date.parse(at))}</span>;
}

/** How long since a time, running. */
export function Running({ since }: { since: string }) {
  language.value;
  return <span class="num">{span(second.value - Date.parse(since))}</span>;
}
