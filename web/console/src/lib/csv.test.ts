import { expect, test } from "vitest";
import { csv, plainRow } from "./csv";

test("cells are quoted where they must be, and Chinese is read by spreadsheets", () => {
  const text = csv(["词", "n"], [["a,b", 1], ['say "hi"', -2.5], ["two\nlines", null]]);
  expect(text).toBe('\uFEFF词,n\r\n"a,b",1\r\n"say ""hi""",-2.5\r\n"two\nlines",\r\n');
});

test("no cell becomes a formula, and numbers stay numbers", () => {
  expect(csv(["x"], [["=HYPERLINK(1)"], ["+1"], ["@a"], ["-"], [-1]])).toBe("\uFEFFx\r\n'=HYPERLINK(1)\r\n'+1\r\n'@a\r\n'-\r\n-1\r\n");
});

test("rows for machines are left as they are", () => {
  expect(plainRow(["q1", "=a,b", 3])).toBe('q1,"=a,b",3\n');
});
