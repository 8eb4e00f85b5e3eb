import { catalogue } from "./catalogue";
import { learning } from "./learning";
import { merchandising } from "./merchandising";
import { models } from "./models";
import { names } from "./names";
import { searching } from "./searching";
import { shell } from "./shell";
import { watching } from "./watching";

/** A text in English and Chinese; `{name}` is filled in. The two stand side by side so that neither can be forgotten. */
export type Pair = readonly [en: string, zh: string];

export const TEXTS = { ...shell, ...searching, ...catalogue, ...merchandising, ...models, ...learning, ...watching, ...names };
export type Key = keyof typeof TEXTS;
export type Language = "en" | "zh";

let language: Language = "en";

export function setLanguage(to: Language): void {
  language = to;
}

export function getLanguage(): Language {
  return language;
}

/** The text in the reader's language. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const pair: Pair = TEXTS[key];
  return filled(pair[language === "en" ? 0 : 1], values);
}

export function filled(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? say(values[name]!) : whole));
}

function say(value: string | number): string {
  return typeof value === "number" ? number(value) : value;
}

/** The word for a value of the API, such as `found-nothing`; the value itself where it is a new one. */
export function word(group: string, value: string | null | undefined): string {
  const key = `${group}.${value ?? ""}`;
  return key in TEXTS ? t(key as Key) : (value ?? "");
}

const LOCALES = { en: "en-GB", zh: "zh-CN" } as const;

/** A number with as many digits as say something. */
export function number(value: number | null | undefined, digits = 0, most = digits): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return new Intl.NumberFormat(LOCALES[language], { minimumFractionDigits: digits, maximumFractionDigits: most }).format(value).replace(/^-/, "−");
}

/** A number with its sign. */
export function signed(value: number, digits = 3): string {
  return (value > 0 ? "+" : "") + number(value, digits);
}

export function percent(value: number | null | undefined, digits = 1): string {
  return value === null || value === undefined || !Number.isFinite(value) ? "–" : number(value * 100, digits) + "%";
}

export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return `${number(value / 1000 ** power, power ? 1 : 0)} ${units[power]}`;
}

/** Seconds as people say them: 820 µs, 12.4 ms, 3.1 s. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds < 1e-3) return `${number(seconds * 1e6)} µs`;
  if (seconds < 1) return `${number(seconds * 1e3, seconds < 0.1 ? 1 : 0)} ms`;
  if (seconds < 120) return `${number(seconds, 1)} s`;
  return `${number(seconds / 60)} min`;
}

/** A moment, given as RFC 3339 or milliseconds since 1970. */
export function time(value: string | number | null | undefined, withDate = true): string {
  if (value === null || value === undefined) return "–";
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return String(value);
  const clock: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
  const day: Intl.DateTimeFormatOptions = { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(LOCALES[language], withDate ? day : clock).format(date);
}

export function money(price: { amount: number; currency: string } | null | undefined): string {
  if (!price) return "";
  try {
    return new Intl.NumberFormat(LOCALES[language], { style: "currency", currency: price.currency }).format(price.amount);
  } catch {
    return `${price.amount} ${price.currency}`;
  }
}
