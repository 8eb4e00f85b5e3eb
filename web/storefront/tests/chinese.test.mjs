// A Chinese shop with widgets: what is typed is found however it is cut, marked, counted and refined.
import assert from "node:assert/strict";
import test from "node:test";
import { index, lite, page, until } from "./shop.mjs";

const clothes = [
  { objectID: "c1", 名称: "红色雪纺连衣裙", brand: "朵朵", price: 199, sold: 50, 说明: "夏季新款，透气雪纺，适合海边度假" },
  { objectID: "c2", 名称: "藍色牛仔連衣裙", brand: "蕉下", price: 259, sold: 40, 说明: "显瘦高腰" },
  { objectID: "c3", 名称: "红色羊毛围巾", brand: "朵朵", price: 99, sold: 30, 说明: "冬季保暖 <b>纯羊毛</b>" },
  { objectID: "c4", 名称: "iPhone15手机壳", brand: "蕉下", price: 29, sold: 20, 说明: "透明防摔" },
];

test("Chinese in widgets", async () => {
  const shop = await index("own_zh", { searchableAttributes: ["名称", "brand", "说明"], attributesForFaceting: ["searchable(brand)"],
    customRanking: ["desc(sold)"], attributesToSnippet: ["说明:4"] }, clothes);
  for (const [query, expected] of [["连衣裙", ["c1", "c2"]], ["連衣裙", ["c1", "c2"]], ["红色裙", ["c1"]], ["蓝色", ["c2"]],
    ["iphone 手机壳", ["c4"]], ["手机壳iphon", ["c4"]], ["透气", ["c1"]], ["紫色", []]]) {
    assert.deepEqual(await shop.found({ query }), expected, query);
  }
  assert.deepEqual(await shop.found({ query: "红色的连衣裙", removeStopWords: ["zh"] }), ["c1"]);
  assert.deepEqual(await shop.found({ query: "“牛仔连衣裙”", advancedSyntax: true }), ["c2"]);
  assert.deepEqual(await shop.found({ query: "连衣裙 －红色", advancedSyntax: true }), ["c2"]);

  const { instantsearch, widgets, texts } = await page('<div id="box"></div><div id="hits"></div><div id="brand"></div>');
  const search = instantsearch({ indexName: shop.name, searchClient: lite(), insights: false, future: { preserveSharedStateOnUnmount: true } });
  const item = (hit, { html, components }) => html`<article id=${hit.objectID}>
    <h2>${components.Highlight({ hit, attribute: "名称" })}</h2><p>${components.Snippet({ hit, attribute: "说明" })}</p></article>`;
  search.addWidgets([widgets.searchBox({ container: "#box" }), widgets.hits({ container: "#hits", templates: { item } }),
    widgets.refinementList({ container: "#brand", attribute: "brand", searchable: true })]);
  search.start();
  await until("all four", () => texts("#hits article").length === 4);
  const box = document.querySelector("#box input");
  box.value = "红色 羊毛";
  box.dispatchEvent(new Event("input", { bubbles: true }));
  await until("the scarf alone", () => texts("#hits article").length === 1);
  assert.deepEqual(texts("#c3 h2 mark"), ["红色羊毛"]);
  assert.deepEqual(texts("#c3 p mark"), ["羊毛"]);
  box.value = "";
  box.dispatchEvent(new Event("input", { bubbles: true }));
  await until("all again", () => texts("#hits article").length === 4);
  const find = document.querySelector("#brand input[type=search]");
  find.value = "蕉";
  find.dispatchEvent(new Event("input", { bubbles: true }));
  await until("one brand begins so", () => texts("#brand .ais-RefinementList-item").length === 1);
  document.querySelector("#brand .ais-RefinementList-item input").click();
  await until("what is of the brand", () => texts("#hits article").length === 2);
  search.dispose();
});
