import { signal, useSignalEffect } from "@preact/signals";
import type { Text } from "../feed/wire";
import { call, Refusal } from "../http/call";
import { me } from "../http/city";
import { chooseLanguage, language, say, t } from "../i18n/language";
import { Band } from "../ui/ribbon";

const username = signal("");
const password = signal("");
const busy = signal(false);
const refused = signal<Text | null>(null);

/** Where to go after signing in: only a path of our own. */
function onward(): string {
  const next = new URLSearchParams(location.search).get("next") ?? "";
  return /^\/[a-z]/.test(next) ? next : "/console";
}

async function send(): Promise<void> {
  busy.value = true;
  refused.value = null;
  try {
    await call("POST", "/api/v1/session", { username: username.peek(), password: password.peek() });
    location.assign(onward());
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refused.value = error.text;
    password.value = "";
  } finally {
    busy.value = false;
  }
}

export function Login() {
  useSignalEffect(() => {
    document.title = `${t("login.title")} · ${t("app.short")}`;
  });
  const other = language.value === "vi" ? "en" : "vi";
  return (
    <main class="login" id="main">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {me.value?.demo && <Band />}
        <p class="quiet">{t("app.name")}</p>
        <h1>{t("login.title")}</h1>
        <div class="line">
          <label for="username">{t("login.name")}</label>
          <input
            id="username"
            required
            autocomplete="username"
            value={username.value}
            onInput={(event) => (username.value = event.currentTarget.value)}
          />
        </div>
        <div class="line">
          <label for="password">{t("login.password")}</label>
          <input
            id="password"
            type="password"
            required
            autocomplete="current-password"
            value={password.value}
            onInput={(event) => (password.value = event.currentTarget.value)}
          />
        </div>
        <p class="wrong" role="alert">
          {refused.value && say(refused.value)}
        </p>
        <div class="buttons">
          <button type="button" lang={other} onClick={() => chooseLanguage(other)}>
            {t("language.other")}
          </button>
          <button type="submit" class="first" disabled={busy.value}>
            {busy.value ? `${t("login.wait")}…` : t("login.send")}
          </button>
        </div>
      </form>
    </main>
  );
}
