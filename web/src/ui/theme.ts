import { signal } from "@preact/signals";

export type Theme = "dark" | "light";

const KEPT_AS = "ioc-theme";
const system = window.matchMedia("(prefers-color-scheme: light)");

function first(): Theme {
  const asked = new URLSearchParams(location.search).get("theme") ?? localStorage.getItem(KEPT_AS);
  if (asked === "dark" || asked === "light") return asked;
  return system.matches ? "light" : "dark";
}

export const theme = signal<Theme>(first());

theme.subscribe((chosen) => {
  document.documentElement.dataset.theme = chosen;
});

system.addEventListener("change", () => {
  if (!localStorage.getItem(KEPT_AS)) theme.value = first();
});

export function toggleTheme(): void {
  theme.value = theme.peek() === "dark" ? "light" : "dark";
  localStorage.setItem(KEPT_AS, theme.peek());
}
