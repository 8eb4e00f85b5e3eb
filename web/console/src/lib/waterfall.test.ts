import { expect, test } from "vitest";
import { extent, waterfall, type Explained } from "./waterfall";

const feature = (name: string, contribution: number) => ({ feature: name, value: 1, contribution });
const ends = (explained: Explained) => waterfall(explained).steps.map((step) => [step.kind, step.name, Number(step.from.toFixed(4)), Number(step.to.toFixed(4))]);

test("bars lead from the base to the score", () => {
  const explained = { score: 0.55, base: 0.1, features: [feature("words", 0.5), feature("price", -0.05), feature("stock", 0)], rules: [] };
  expect(ends(explained)).toEqual([["base", "", 0, 0.1], ["feature", "words", 0.1, 0.6], ["feature", "price", 0.6, 0.55], ["score", "", 0, 0.55]]);
  expect(waterfall(explained).addsUp).toBe(true);
});

test("each bar begins where the one before ends, whatever the contributions", () => {
  const features = Array.from({ length: 30 }, (_, at) => feature(`f${at}`, Math.sin(at * 7) / (at + 1)));
  const score = features.reduce((sum, one) => sum + one.contribution, 0.25);
  const { steps, sum, addsUp } = waterfall({ score, base: 0.25, features });
  steps.slice(1, -1).forEach((step, at) => expect(step.from).toBeCloseTo(steps[at]!.to, 12));
  expect(sum).toBeCloseTo(score, 12);
  expect(addsUp).toBe(true);
  expect(steps.map((step) => step.kind)).toEqual(["base", ...Array<string>(8).fill("feature"), "rest", "score"]);
  expect(steps.at(-2)?.name).toBe("21");
});

test("rules multiply what the ranker said, and a rest is a fault", () => {
  const explained = { score: 0.578, base: 0, features: [feature("words", 0.5)] };
  expect(waterfall(explained).addsUp).toBe(false);
  const ruled = { ...explained, rules: [{ rule: "understood", effect: "score x 1.08" }, { rule: "boost", effect: "score x 1.07" }, { rule: "variety", effect: "moved 4 → 7 for variety" }] };
  expect(ends(ruled)).toEqual([["feature", "words", 0, 0.5], ["rule", "understood", 0.5, 0.54], ["rule", "boost", 0.54, 0.578], ["score", "", 0, 0.578]]);
  expect(waterfall(ruled).addsUp).toBe(true);
  expect(waterfall({ ...ruled, score: 0.62 }).addsUp).toBe(false);
});

test("a score below 0 is lifted by what lifts", () => {
  const explained = { score: -0.25, base: 0, features: [feature("words", -0.5)], rules: [{ rule: "boost", effect: "score x 2" }] };
  expect(ends(explained)).toEqual([["feature", "words", 0, -0.5], ["rule", "boost", -0.5, -0.25], ["score", "", 0, -0.25]]);
});

test("rounding of 32-bit numbers is no fault", () => {
  expect(waterfall({ score: 0.30000001, base: 0, features: [feature("a", 0.1), feature("b", 0.2)] }).addsUp).toBe(true);
  expect(waterfall({ score: 0.31, base: 0, features: [feature("a", 0.1), feature("b", 0.2)] }).addsUp).toBe(false);
});

test("the axis holds every bar and 0", () => {
  const drawn = waterfall({ score: -0.2, base: 0.3, features: [feature("a", -0.5)] });
  expect(extent([drawn]).map((end) => Number(end.toFixed(6)))).toEqual([-0.2, 0.3]);
});
