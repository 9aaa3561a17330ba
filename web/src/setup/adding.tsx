import { useSignal } from "@preact/signals";
import { city } from "../http/city";
import { say, t } from "../i18n/language";
import { add, adding, busy, refused, wrongAt } from "./store";
import { numberOf, Words } from "./words";

const FIELDS = ["id", "name", "source", "lon", "lat", "heading_deg"] as const;
type Field = (typeof FIELDS)[number];
const NUMBERS: ReadonlySet<Field> = new Set(["lon", "lat", "heading_deg"]);
const HINTS: Partial<Record<Field, string>> = { id: "cam-12", source: "rtsp://10.20.0.12:554/stream2" };

/** What a new camera needs at least; lines and zones are drawn once its pictures come. */
export function NewCamera() {
  const [lon, lat] = city.value?.center ?? [0, 0];
  const typed = useSignal<Record<Field, string>>({ id: "", name: "", source: "", lon: String(lon), lat: String(lat), heading_deg: "0" });
  const send = () => {
    const row = Object.fromEntries(FIELDS.map((field) => [field, NUMBERS.has(field) ? numberOf(typed.value[field]) : typed.value[field].trim()]));
    void add({ ...row, id: typed.value.id.trim() });
  };
  return (
    <form
      class="form adding"
      aria-labelledby="adding-title"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <h2 id="adding-title">{t("setup.add")}</h2>
      <p class="quiet">{t("setup.add.text")}</p>
      {FIELDS.map((field) => (
        <Words
          key={field}
          label={t(`setup.${field}`)}
          value={typed.value[field]}
          kind={NUMBERS.has(field) ? "number" : "text"}
          hint={HINTS[field] ?? ""}
          required
          wrong={wrongAt(field)}
          onInput={(text) => (typed.value = { ...typed.value, [field]: text })}
        />
      ))}
      <p class="wrong" role="alert">
        {refused.value && say(refused.value.text)}
      </p>
      <div class="buttons">
        <button type="button" onClick={() => (adding.value = false)}>
          {t("cancel")}
        </button>
        <button type="submit" class="first" disabled={busy.value}>
          {t("setup.add.send")}
        </button>
      </div>
    </form>
  );
}
