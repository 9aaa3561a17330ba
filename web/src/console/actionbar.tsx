import { silenceMs } from "../feed/model";
import type { Incident } from "../feed/wire";
import { span } from "../i18n/format";
import { t, type Word } from "../i18n/language";
import { sending } from "./acting";
import { locked } from "./choice";
import { COMMANDS, type Command } from "./commands";

const SHOWN: readonly Command["name"][] = ["take", "assign", "note", "locate", "join", "part", "close", "reopen", "publish", "reject"];

/** What may be done now. Every button has its key; all are locked while the data may be old. */
export function ActionBar({ incident }: { incident: Incident }) {
  const busy = sending.value.get(incident.id);
  return (
    <footer class="actions">
      <p class={`lock num ${locked.value ? "warn" : ""}`} role="status">
        {busy ? `${t("act.sending")}…` : lockReason()}
      </p>
      <div class="buttons">
        {SHOWN.map((name) => COMMANDS[name])
          .filter((command) => command.offered(incident))
          .map((command) => (
            <button
              key={command.name}
              type="button"
              class={command.name === "take" && incident.status === "new" ? "first" : ""}
              disabled={busy?.action === command.name || locked.value !== null || !command.allowed(incident)}
              onClick={() => command.run(incident)}
              data-action={command.name}
            >
              {t(command.word as Word)} <kbd>{command.key.toUpperCase()}</kbd>
            </button>
          ))}
      </div>
    </footer>
  );
}

function lockReason(): string {
  if (locked.value === "connecting") return t("act.connecting");
  if (locked.value === "stale") return t("act.stale", { span: span(Math.floor(silenceMs.value / 1000) * 1000) });
  return "";
}
