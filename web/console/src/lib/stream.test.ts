import { expect, test } from "vitest";
import { EventReader, Rates } from "./stream";

test("events are read however the bytes are cut", () => {
  const text = ': beat\n\ndata: {"a":1}\n\nevent: x\r\ndata: 红\r\ndata:b\r\n\r\ndata: un';
  const whole = new EventReader().read(text);
  expect(whole).toEqual(['{"a":1}', "红\nb"]);
  const reader = new EventReader();
  expect([...text].flatMap((letter) => reader.read(letter))).toEqual(whole);
  expect(reader.read("done\n\n")).toEqual(["undone"]);
});

test("rates are of the last seconds alone", () => {
  const rates = new Rates(5);
  for (const second of [10, 10, 11, 13]) rates.add(second === 11 ? "click" : "search", second * 1000);
  expect(rates.series(13_900)).toEqual([0, 2, 1, 0, 1]);
  expect(rates.series(13_900, "click")).toEqual([0, 0, 1, 0, 0]);
  expect(rates.perSecond(14_000, 4)).toBe(1);
  expect(rates.series(60_000)).toEqual([0, 0, 0, 0, 0]);
});
