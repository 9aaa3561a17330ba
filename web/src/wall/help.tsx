import { signal } from "@preact/signals";
import { t } from "../i18n/language";
import { Dialog } from "../ui/dialog";

/** Whether the list of keys lies over the wall. */
export const helpOpen = signal(false);

export function Help() {
  if (!helpOpen.value) return null;
  const rows: readonly (readonly [string, string])[] = [
    ["1 … 5", t("scene.label")],
    ["F", t("wall.fit")],
    ["I", t("wall.next")],
    ["C", t("wall.camera.full")],
    ["T", t("wall.theme.both")],
    ["L", t("wall.language.both")],
    ["Esc", t("wall.back")],
    ["?", t("help.help")],
  ];
  return (
    <Dialog title={t("help.title")} onClose={() => (helpOpen.value = false)}>
      <dl class="help">
        {rows.map(([keys, words]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
