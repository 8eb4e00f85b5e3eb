import { afterEach, expect, test } from "vitest";
import { setLanguage } from "../../i18n";
import { blank } from "../../lib/curation";
import { doesSays, scheduleSays, whenSays } from "./words";

afterEach(() => setLanguage("en"));

const when = { queries: [{ match: "is" as const, text: "" }, { match: "contains" as const, text: "羽绒服" }], surfaces: ["search"], segments: ["vip"] };

test("conditions are said in words, in both languages", () => {
  expect(whenSays(blank().when)).toBe("Every search");
  expect(whenSays(when)).toBe("browsing without words or “…羽绒服…”, on search, for vip");
  setLanguage("zh");
  expect(whenSays(when)).toBe("不带搜索词的浏览 或 包含“羽绒服”，版面：搜索，人群：vip");
});

test("what a curation does is counted part by part", () => {
  expect(doesSays(blank("boots"))).toEqual(["nothing yet"]);
  const does = doesSays({ ...blank(), rules: [{ pin: { item: "a", position: 1 } }, { hide: { filter: "x" } }, { hide: { filter: "y" } }], redirect: "/sale", filter: "price < 5" });
  expect(does).toEqual(["1 pinned", "2 hidden", "filtered", "leads to /sale"]);
});

test("a schedule is said from its ends", () => {
  expect(scheduleSays(blank())).toBe("without end");
  expect(scheduleSays({ ...blank(), until: "2026-11-12T00:00:00Z" })).toMatch(/^until 1[12] Nov 2026/);
});
