import { afterEach, expect, test } from "vitest";
import { duration, filled, number, percent, setLanguage, t, TEXTS, word, type Pair } from ".";

const ALL = Object.entries(TEXTS) as [string, Pair][];
/** Texts that are the same in both languages: names, measures. */
const SAME = ["app.language", "table.shown", "overview.refused", "overview.failed", "experiments.json", "experiments.p", "bench.ndcg", "models.curvePoint", "merch.say.is"];
const sources = import.meta.glob<string>(["../**/*.ts", "../**/*.tsx", "!../i18n/*", "!../**/*.test.ts"], { query: "?raw", import: "default", eager: true });
const source = Object.values(sources).join("\n");

afterEach(() => setLanguage("en"));

test("every text is there in both languages, with the same places to fill in", () => {
  const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();
  for (const [key, [en, zh]] of ALL) {
    expect(en.trim() && zh.trim(), key).toBeTruthy();
    expect(places(zh), key).toEqual(places(en));
    if (!SAME.includes(key)) expect(/\p{Script=Han}/u.test(zh), `${key} is Chinese`).toBe(true);
    if (key !== "app.language") expect(/\p{Script=Han}/u.test(en), `${key} is English`).toBe(false);
  }
});

test("every text is used", () => {
  const groups = new Set([...source.matchAll(/word\("(\w+)"/g)].map((found) => found[1]!));
  const isUsed = (key: string) => source.includes(`"${key}"`) || groups.has(key.split(".")[0]!) || (/^(ranker|recommend)\./.test(key) && source.includes("registry.words"));
  expect(ALL.map(([key]) => key).filter((key) => !isUsed(key))).toEqual([]);
});

test("texts are filled in, in the reader's language", () => {
  expect(t("why.place", { place: 3, total: 12345 })).toBe("Place 3 of 12,345");
  setLanguage("zh");
  expect(t("why.place", { place: 3, total: 12345 })).toBe("第 3 位，共 12,345");
  expect(filled("{a} {b}", { a: "{b}" })).toBe("{b} {b}");
  expect([word("problem", "found-nothing"), word("problem", "something-new"), word("problem", null)]).toEqual(["没有结果", "something-new", ""]);
});

test("numbers say what they know", () => {
  expect([number(1234.5, 1), number(-0.25, 2), number(null), number(NaN)]).toEqual(["1,234.5", "−0.25", "–", "–"]);
  expect([percent(0.1234), duration(0.00042), duration(0.0123), duration(4.2), duration(null)]).toEqual(["12.3%", "420 µs", "12.3 ms", "4.2 s", "–"]);
});
