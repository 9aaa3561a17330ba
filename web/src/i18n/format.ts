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

/** The time, with the date before it when it is not today. */
export function dayAndTime(at: string, today: number): string {
  return dayBefore(at, today) + shortTime(at);
}

/** The same to the second. */
export function dayAndClock(at: string, today: number): string {
  return dayBefore(at, today) + clockTime(at);
}

/** A day of this year as people write it: "05-12", "05/12". */
export function dayAndMonth(at: string): string {
  return times("dm", { day: "2-digit", month: "2-digit" }).format(new Date(at));
}

function dayBefore(at: string, today: number): string {
  const day = times("day", { day: "2-digit", month: "2-digit", year: "numeric" });
  if (day.format(new Date(at)) === day.format(new Date(today))) return "";
  return `${dayAndMonth(at)} `;
}

export function number(value: number, digits = 1): string {
  return new Intl.NumberFormat(LOCALE[language.value], { maximumFractionDigits: digits }).format(value);
}

/** Always with one digit after the comma, cut not rounded, so that a running figure keeps its width: "0,0", "12,4". */
export function tenths(value: number): string {
  const format = new Intl.NumberFormat(LOCALE[language.value], { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return format.format(Math.floor(value * 10) / 10);
}

export function distance(metres: number): string {
  return metres < 1000 ? `${number(metres, 0)} m` : `${number(metres / 1000, 1)} km`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long, with its unit so that it is no time of day: "45 giây", "4 phút", "2 giờ 05", "3 ngày". */
export function span(ms: number): string {
  const least = Math.max(0, ms);
  if (least < MINUTE_MS) return t("span.s", { n: Math.floor(least / 1000) });
  if (least < HOUR_MS) return t("span.min", { n: Math.floor(least / MINUTE_MS) });
  if (least >= DAY_MS) return t("span.d", { n: Math.floor(least / DAY_MS) });
  const minutes = Math.floor((least % HOUR_MS) / MINUTE_MS);
  return t("span.h", { n: Math.floor(least / HOUR_MS), minutes: String(minutes).padStart(2, "0") });
}

/** Letters without marks, so that "nguyen hue" finds "Nguyễn Huệ". */
export function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
}
