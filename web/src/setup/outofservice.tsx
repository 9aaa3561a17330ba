import { useSignal } from "@preact/signals";
import { doubtful } from "../feed/model";
import { say, t } from "../i18n/language";
import { Dialog } from "../ui/dialog";
import { bringBack, busy, change, draft, editable, mayChange, refused, remove, removed } from "./store";

/** Taking the chosen camera out of service: for a while, or for good; what each means stands beside it. */
export function OutOfService() {
  const open = useSignal(false);
  const row = draft.value?.row;
  if (!row || !editable.value) return null;
  return (
    <>
      <button type="button" class="out" disabled={doubtful.value} onClick={() => (open.value = true)}>
        {t("out.open")}
      </button>
      {open.value && <Choice name={row.name} shut={() => (open.value = false)} />}
    </>
  );
}

function Choice({ name, shut }: { name: string; shut: () => void }) {
  const rest = () => {
    const row = draft.peek()?.row;
    if (row) change({ ...row, life: "maintenance" });
    shut();
  };
  const take = async () => {
    if (await remove()) shut();
  };
  return (
    <Dialog title={t("out.title", { name })} onClose={shut}>
      <div class="form outbox">
        <h3>{t("out.rest")}</h3>
        <p>{t("out.rest.text")}</p>
        <div class="buttons">
          <button type="button" class="first" onClick={rest}>
            {t("out.rest.do")}
          </button>
        </div>
        <h3>{t("out.remove")}</h3>
        <p>{t("out.remove.text")}</p>
        <p class="wrong" role="alert">
          {refused.value && say(refused.value.text)}
        </p>
        <div class="buttons">
          <button type="button" disabled={busy.value} onClick={() => void take()}>
            {t("out.remove.do")}
          </button>
          <button type="button" onClick={shut}>
            {t("cancel")}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

/** Those that were removed, to be taken back. */
export function RemovedCameras() {
  if (removed.value.length === 0 || !mayChange.value) return null;
  return (
    <details class="removed">
      <summary>{t("out.removed", { n: removed.value.length })}</summary>
      <ul>
        {removed.value.map((one) => (
          <li key={one.id} data-removed={one.id}>
            <span>{one.name}</span>
            <button type="button" disabled={busy.value || doubtful.value} onClick={() => void bringBack(one.id)}>
              {t("out.back")}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
