import { language, t, type Language } from "./language";

const ZONE = "Asia/Ho_Chi_Minh";
const LOCALE: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };
const made = new Map<string, Intl.DateTimeFormat>();

function times(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language.value} ${name}`;
  const known = made.get(key);
  if (known) return known;
  const fresh = new Intl.DateTimeFormat(LOCALE[language.value], { timeZone: ZONE, hourCycle: "h23", ...options });
  made.set(key, fresh);
  return fresh;
}

export function clockTime(at: number | string): string {
  return times("s", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(new Date(at));
}

export function shortTime(at: number | string): string {
  return times("m", { hour: "2-digit", minute: "2-digit" }).format(new Date(at));
}

/** Weekday and date as people write them: "Thứ Bảy, 21/11/2026". */
export function longDate(at: number | string): string {
  return times("d", { weekday: "long", day: "2-digit", month: "2-digit", year: "numeric" }).format(new Date(at));
}

/** Time, with the date before it when it is not today. */
export function dayAndTime(at: string, today: number): string {
  const day = times("day", { day: "2-digit", month: "2-digit", year: "numeric" });
  if (day.format(new Date(at)) === day.format(new Date(today))) return shortTime(at);
  return `${times("dm", { day: "2-digit", month: "2-digit" }).format(new Date(at))} ${shortTime(at)}`;
}

export function number(value: number, digits = 1): string {
  return new Intl.NumberFormat(LOCALE[language.value], { maximumFractionDigits: digits }).format(value);
}

export function distance(metres: number): string {
  return metres < 1000 ? `${number(metres, 0)} m` : `${number(metres / 1000, 1)} km`;
}

const STEPS = [
  ["s", 60_000, 1_000],
  ["min", 3_600_000, 60_000],
  ["h", 86_400_000, 3_600_000],
  ["d", Infinity, 86_400_000],
] as const;

function inOneUnit(ms: number): { unit: "s" | "min" | "h" | "d"; n: number } {
  const least = Math.max(0, ms);
  const [unit, , size] = STEPS.find(([, below]) => least < below) ?? STEPS[3];
  return { unit, n: Math.floor(least / size) };
}

/** How long, in one unit: "12 giây", "4 phút", "2 giờ", "3 ngày". */
export function span(ms: number): string {
  const { unit, n } = inOneUnit(ms);
  return t(`span.${unit}`, { n });
}

/** The same, short, for the age beside a value: "12 s", "4 ph". */
export function age(ms: number): string {
  const { unit, n } = inOneUnit(ms);
  return t(`age.${unit}`, { n });
}

/** A running clock: 04:12, or 1:04:12 from an hour on, or days. */
export function elapsed(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s >= 86_400) return span(ms);
  const two = (n: number) => String(n).padStart(2, "0");
  const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${rest}` : rest;
}

/** Letters without marks, so that "nguyen hue" finds "Nguyễn Huệ". */
export function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
}
