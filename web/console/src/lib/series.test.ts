import { expect, test } from "vitest";
import { alone, DAY, range, steps, totals } from "./series";

test("a span has the steps that suit it", () => {
  expect([steps("day"), steps("week"), steps("month"), steps("quarter")]).toEqual([["hour"], ["hour", "day"], ["hour", "day"], ["day"]]);
});

test("a span ends with the step that runs, and is whole", () => {
  const now = Date.UTC(2026, 10, 23, 15, 20);
  expect(range("day", "hour", now)).toEqual({ from: Date.UTC(2026, 10, 22, 16), until: Date.UTC(2026, 10, 23, 16) });
  const { from, until } = range("week", "day", now);
  expect([(until - from) / DAY, until]).toEqual([7, Date.UTC(2026, 10, 24)]);
});

test("a span's figures are the sums of its points", () => {
  const point = { time_ms: 0, searches: 2, searches_empty: 1, recommendations: 3, clicks: 1, carts: 0, purchases: 1, revenue: 9.5, degraded: 0, refused: 2, failed: 1 };
  expect(totals([point, point])).toMatchObject({ searches: 4, searches_empty: 2, recommendations: 6, revenue: 19 });
  expect(totals([]).searches).toBe(0);
});

test("values without neighbours are known", () => {
  expect([alone([null, 1, null, 2, 3, undefined, 4]), alone([1, 2]), alone([])]).toEqual([[1, 6], null, null]);
  expect(alone([5])).toEqual([0]);
});
