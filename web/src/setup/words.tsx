import { useRef } from "preact/hooks";
import { say } from "../i18n/language";
import type { Text } from "../feed/wire";

/** A number as typed; nothing where there is none. */
export function numberOf(text: string): number | null {
  return text.trim() === "" || Number.isNaN(Number(text)) ? null : Number(text);
}

export interface WordsProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (text: string) => void;
  readonly hint?: string;
  readonly kind?: "text" | "number";
  readonly wrong?: readonly Text[];
  readonly required?: boolean;
}

/** One field of a form, with what the server says against it. */
export function Words({ label, value, onInput, hint = "", kind = "text", wrong = [], required = false }: WordsProps) {
  const field = useRef<HTMLInputElement>(null);
  // "0.0" on its way to "0.05" is the number 0 already, and must stay as typed
  const typed = field.current?.value ?? "";
  const same = kind === "number" && typed !== "" && numberOf(typed) === numberOf(value);
  return (
    <label class="line">
      {label}
      <input
        ref={field}
        type={kind}
        step="any"
        value={same ? typed : value}
        placeholder={hint}
        required={required}
        aria-invalid={wrong.length > 0}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {wrong.map((text) => (
        <span class="wrong" role="alert">
          {say(text)}
        </span>
      ))}
    </label>
  );
}

