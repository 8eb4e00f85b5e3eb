import { expect, test } from "vitest";
import { locate, parts, syntaxError } from "./locate";

const TEXT = JSON.stringify({ "颜,色": 1, rules: [{ hide: { filter: 'a "b" ]' } }, { boost: { factor: -1 } }], surfaces: [{ policy: "ucb" }] }, null, 2);
const lineOf = (path: string) => {
  const found = locate(TEXT, path);
  return found && TEXT.split("\n")[found.line]?.trim();
};

test("a field is found by the server's path to it", () => {
  expect(lineOf("rules[1].boost.factor")).toBe('"factor": -1');
  expect(lineOf("surfaces.[0].policy")).toBe('"policy": "ucb"');
  expect(lineOf("颜,色")).toBe('"颜,色": 1,');
});

test("a field that is missing is shown at what should hold it", () => {
  expect(lineOf("rules[0].hide.missing.deep")).toBe('"hide": {');
  expect(locate(TEXT, "nothing")).toBeNull();
  expect(locate("{", "rules")).toBeNull();
});

test("paths come in two ways of writing", () => {
  expect(parts("surfaces.[0].budget.regret")).toEqual(["surfaces", "0", "budget", "regret"]);
  expect(parts("rules[2].boost")).toEqual(["rules", "2", "boost"]);
});

test("what is no JSON is told with its line", () => {
  expect(syntaxError("{}")).toBeNull();
  expect(syntaxError('{\n  "a": 1,\n  b: 2\n}')?.line).toBe(2);
  expect(syntaxError('{\n  "a": 1\n')).not.toBeNull();
});
