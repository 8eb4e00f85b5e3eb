import { expect, test } from "vitest";
import { BLANK, BrokenArm, document, formField } from "./document";

test("the form's draft is a document", () => {
  const draft = { ...BLANK, id: " 变化 ", slice: "0.5", metrics: "conversion，revenue" };
  expect(JSON.parse(JSON.stringify(document(draft)))).toEqual({
    id: "变化", slice: 0.5, ramp: 1, visitors_planned: 20000, metrics: ["conversion", "revenue"],
    arms: [{ name: "control" }, { name: "varied", changes: { diversity: 0.4 } }],
  });
});

test("an arm that is no JSON is named", () => {
  const broken = () => document({ ...BLANK, arms: [{ name: "a", changes: "" }, { name: "b", changes: "{" }] });
  expect(broken).toThrow(BrokenArm);
});

test("the server's errors find their fields", () => {
  const fields = ["id", "arms.[1].changes.diversity", "arms[0].name", "visitors_planned", "metrics[2]", "arms", "target.surfaces"];
  expect(fields.map(formField)).toEqual(["id", "arms.1.changes", "arms.0.name", "planned", "metrics", "arms", "target.surfaces"]);
});
