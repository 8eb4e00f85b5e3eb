import { expect, test } from "vitest";
import { fromField, isWrongWay, toField } from "./schedule";

test("a moment survives the field, to the minute", () => {
  const moment = "2026-11-27T09:30:00.000Z";
  expect(fromField(toField(moment))).toBe(moment);
  expect([toField(null), toField("nonsense"), fromField(""), fromField("nonsense")]).toEqual(["", "", null, null]);
});

test("a schedule that ends before it begins is seen", () => {
  expect(isWrongWay("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z")).toBe(true);
  expect(isWrongWay("2026-01-01T08:00:00+08:00", "2026-01-01T00:00:01Z")).toBe(false);
  expect(isWrongWay(null, "2026-01-01T00:00:00Z")).toBe(false);
});
