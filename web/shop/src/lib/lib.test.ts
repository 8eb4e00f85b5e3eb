import { describe, expect, it } from "vitest";
import { bannersOf } from "./banners";
import { added, changed, isLine, pieces, seen, total } from "./cart";
import { drawn, GLYPHS, TINTS } from "./drawn";
import { bought, carted, clicked } from "./events";
import { CLOSE, markedBytes, markedOf, markedWords, OPEN, parts } from "./marked";
import { nativeSearch, orderedName, orderOf, told } from "./native";
import { addressOf, place, wantedIn } from "./place";
import { details, mayShow, productOf } from "./product";
import { chips, wordsOf } from "./reading";
import { answer, asksNotToTrack, consent, type Keep, readList, token } from "./shopper";
import { why } from "./why";

const at = (path: string) => new URL(path, "http://shop.example");
const product = (id: string, price: number | null = 2.5) => productOf({ objectID: id, title: `Title ${id}`, ...(price === null ? {} : { price }) });

describe("place", () => {
  it("finds the shop in the address's question or in its path", () => {
    expect(place(at("/shop/?shop=gifts"), "").shop).toBe("gifts");
    expect(place(at("/shop/gifts"), "").shop).toBe("gifts");
    expect(place(at("/shop/%E5%BA%97"), "").shop).toBe("店");
    expect(place(at("/shop/gifts?shop=other"), "").shop).toBe("other");
    expect(place(at("/shop/"), "").shop).toBeNull();
    expect(place(at("/shop/index.html"), "").shop).toBeNull();
    expect(place(at("/shop/%E5%BA"), "").shop).toBeNull();
  });
  it("takes the key from the address before that of the tag", () => {
    expect(place(at("/shop/?key=a"), "b").key).toBe("a");
    expect(place(at("/shop/"), " b ").key).toBe("b");
    expect(place(at("/shop/"), "").key).toBeNull();
  });
  it("keeps a search in the address, and no key", () => {
    const wanted = { query: "红 & blue", sort: "x::price::asc", price: "2:9", values: { brand: ["A&B", "C"] } };
    const address = addressOf(at("/shop/?shop=gifts&key=secret&q=old&f.brand=D#/cart"), wanted);
    expect(wantedIn(new URL(address))).toEqual(wanted);
    expect(address).not.toContain("secret");
    expect(new URL(address).searchParams.get("shop")).toBe("gifts");
    expect(new URL(address).hash).toBe("#/cart");
  });
});

describe("marked", () => {
  it("parts a text at its marks and nowhere else", () => {
    expect(parts(`a ${OPEN}b${CLOSE} <em>c</em>`)).toEqual([{ text: "a ", isMatch: false }, { text: "b", isMatch: true }, { text: " <em>c</em>", isMatch: false }]);
    expect(parts("")).toEqual([]);
  });
  it("reads marked HTML back into the text it was made of", () => {
    expect(markedOf("&lt;em&gt;x&lt;/em&gt; <em>A&amp;B</em> &#39;&quot;&unknown;")).toBe(`<em>x</em> ${OPEN}A&B${CLOSE} '"&unknown;`);
  });
  it("marks words that begin like one of the query's, and Chinese ones wherever they stand", () => {
    expect(markedWords("Hiking Boot, bootstrapping 15", ["boots", "hike", "15", "at"])).toBe(`${OPEN}Hiking${CLOSE} ${OPEN}Boot${CLOSE}, bootstrapping 15`);
    expect(markedWords("红色 保温杯 1 号", ["保温杯", "杯", "(x"])).toBe(`红色 ${OPEN}保温杯${CLOSE} 1 号`);
    expect(markedWords("<b>", [])).toBe("<b>");
  });
  it("marks by bytes", () => {
    expect(markedBytes("红色 mug", [0, 6])).toBe(`${OPEN}红色${CLOSE} mug`);
    expect(markedBytes("mug", [0, 0])).toBe("mug");
    expect(markedBytes("mug", [0, 9])).toBe("mug");
  });
});

describe("product", () => {
  it("reads records of several shapes", () => {
    const record = { objectID: 7, name: "Mug", price: { amount: 3, currency: "EUR" }, categories: ["Kitchen", "Kitchen > Mugs"], vendor: "Tarn" };
    expect(productOf(record)).toMatchObject({ id: "7", title: "Mug", price: 3, category: "Kitchen > Mugs", brand: "Tarn", picture: null, isAvailable: true });
    expect(productOf({ objectID: "x" })).toMatchObject({ title: "x", price: null });
    expect(productOf({ objectID: "x", title: "T", _highlightResult: { title: { value: `${OPEN}T${CLOSE}` } } }).marked).toBe(`${OPEN}T${CLOSE}`);
  });
  it("shows no times and nothing twice among the details", () => {
    expect(details({ objectID: "x", title: "T", color: ["Red", "Blue"], last_sold: 1291906500000, _score: 3, weight: 2 })).toEqual([["color", "Red, Blue"], ["weight", "2"]]);
  });
  it("shows pictures of the page's own origin, and of those that were named", () => {
    const page = "https://shop.example/shop/";
    expect(mayShow("/p/1.jpg", page, [])).toBe(true);
    expect(mayShow("https://cdn.example/1.jpg", page, [])).toBe(false);
    expect(mayShow("https://cdn.example/1.jpg", page, ["https://cdn.example"])).toBe(true);
    expect(mayShow("javascript:alert(1)", page, [])).toBe(false);
    expect(mayShow("data:image/png;base64,x", page, [])).toBe(false);
    expect(mayShow(null, page, [])).toBe(false);
  });
});

describe("native", () => {
  it("asks natively what InstantSearch asks", () => {
    const params = { query: "boots", page: 2, hitsPerPage: 24, facets: ["brand", "price"], facetFilters: [["brand:A", 'brand:B "x"'], ["category:Shoes > Men"]], numericFilters: ["price>=10", "price<=20"], userToken: "u", clickAnalytics: true };
    expect(nativeSearch({ indexName: orderedName("gifts", "price", "asc"), params }, ["spelling:x"])).toEqual({
      query: "boots", offset: 48, limit: 24,
      filter: '(brand = "A" or brand = "B \\"x\\"") and category under "Shoes > Men" and price >= 10 and price <= 20',
      facets: [{ attribute: "brand", limit: 100 }, "price"],
      sort: [{ attribute: "price", order: "asc" }],
      understanding: { without: ["spelling:x"] },
      anonymous: "u", record: true, personalise: false,
    });
    expect(nativeSearch({ indexName: "gifts", params: { analytics: false } }, [])).toMatchObject({ record: false, sort: [] });
    expect(orderOf("gifts")).toBeNull();
  });
  it("tells the answer as InstantSearch reads it", () => {
    const item = { id: "a", title: "<b>", price: { amount: 2, currency: "EUR" }, category: ["Shoes", "Men"], attributes: { color: "Red" } };
    const answer = { query_id: "1-2-0", total: 50, items: [{ id: "a", item, highlights: { title: "<em>&lt;b&gt;</em>" } }],
      facets: [{ attribute: "brand", values: [{ value: "A", count: 3 }] }, { attribute: "price", values: [], stats: { min: 1, max: 5, mean: 2 } }] };
    const answered = told({ indexName: "gifts", params: { query: "b", hitsPerPage: 24, page: 1 } }, answer);
    expect(answered).toMatchObject({ nbHits: 50, nbPages: 3, page: 1, queryID: "1-2-0", facets: { brand: { A: 3 } }, facets_stats: { price: { min: 1, max: 5, avg: 2 } } });
    expect(productOf((answered.hits as Record<string, unknown>[])[0]!)).toMatchObject({ id: "a", title: "<b>", price: 2, category: "Shoes > Men", marked: `${OPEN}<b>${CLOSE}` });
  });
});

describe("reading", () => {
  const finding = (step: string, says: string, consequence: string, more = {}) => ({ step, key: `${step}:${says}`, says, consequence, ...more });
  it("shows what changes the answer", () => {
    const findings = [finding("words", "a | b", "shown"), finding("spelling", "watreproof → waterproof", "replaced"), finding("quantities", "price at most 60 USD", "filtered"),
      finding("negation", "not lace", "shown"), finding("entities", "category Hiking Boots", "boosted"), finding("category", "in Clothing > Shoes", "boosted"), finding("entities", "colour red", "shown"), finding("intent", "search", "shown")];
    expect(chips({ findings }).map(({ about, says }) => [about, says])).toEqual([
      ["spelling", "watreproof → waterproof"], ["price", "≤ 60 USD"], ["not", "lace"], ["category", "Hiking Boots"], ["category", "Shoes"]]);
    expect(chips(null)).toEqual([]);
    expect(wordsOf({ query: "红色 watreproof", text: "红色 waterproof", words: [[0, 6], [7, 17]] })).toEqual(["红色", "watreproof", "waterproof"]);
  });
  it("shows whoever asks in Chinese their own words", () => {
    const findings = [finding("entities", "colour red", "boosted", { span: [7, 13] }), finding("negation", "not 玻璃", "shown", { span: [14, 26] }), finding("entities", "not material glass", "filtered", { span: [20, 26] })];
    expect(chips({ query: "圣诞 红色 不要玻璃", language: "zh", findings }).map(({ attribute, says }) => [attribute, says])).toEqual([["colour", "红色"], [null, "玻璃"]]);
    expect(chips({ query: "圣诞 红色 不要玻璃", language: "zh", findings })[1]!.keys).toEqual(["negation:not 玻璃", "entities:not material glass"]);
  });
});

describe("why", () => {
  it("says what each part brought, the largest first", () => {
    const lines = why({
      score: 1.16, found: [{ source: "words" }], terms: [{ field: "title", term: "boot", score: 3 }, { field: "bullets", term: "boot", score: 2 }, { field: "title", term: "hike", score: 4 }],
      fusion: [{ retriever: "words", contribution: 0.6 }, { retriever: "e5", contribution: 0.1 }, { retriever: "minilm", contribution: 0.1 }, { retriever: "feedback", contribution: 0 }],
      features: [{ feature: "retrieval", contribution: 0.8 }, { feature: "clicks", contribution: 0.2 }], rules: [{ rule: "understood", effect: "score x 1.08" }, { rule: "understood", effect: "score x 1.08" }],
    });
    expect(lines.map(({ kind, name, share }) => [kind, name, share === null ? null : Math.round(share * 100)])).toEqual([
      ["words", "boot, hike", 60], ["meaning", "", 20], ["feature", "clicks", 20], ["rule", "understood", null]]);
    expect(lines.at(-1)!.factor).toBe(1.17);
  });
  it("names the source where nothing else is known", () => {
    expect(why({ score: 0, found: [{ source: "popular", because: "bought often" }] })).toEqual([{ kind: "source", name: "popular", share: null }, { kind: "because", name: "bought often", share: null }]);
  });
});

describe("shopper", () => {
  const keep = (): Keep & { kept: Map<string, string> } => {
    const kept = new Map<string, string>();
    return { kept, getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => void kept.set(name, value), removeItem: (name) => void kept.delete(name) };
  };
  it("has no name without consent, the same one with it, and none after it is taken back", () => {
    const store = keep();
    expect(token(store, consent(store, false), () => "1")).toBeNull();
    expect(store.kept.size).toBe(0);
    answer(store, "yes");
    expect([token(store, consent(store, false), () => "1"), token(store, consent(store, false), () => "2")]).toEqual(["anonymous-1", "anonymous-1"]);
    answer(store, "no");
    expect(token(store, consent(store, false), () => "3")).toBeNull();
    answer(store, "yes");
    expect(token(store, consent(store, false), () => "4")).toBe("anonymous-4");
  });
  it("takes a browser's wish for an answer", () => {
    const store = keep();
    answer(store, "yes");
    expect(consent(store, asksNotToTrack({ doNotTrack: "1" }))).toBe("no");
    expect(asksNotToTrack({ globalPrivacyControl: true })).toBe(true);
    expect(asksNotToTrack({ doNotTrack: "unspecified" })).toBe(false);
  });
  it("lives with a browser that keeps nothing, and with what others wrote", () => {
    const broken: Keep = { getItem: () => { throw new Error(); }, setItem: () => { throw new Error(); }, removeItem: () => { throw new Error(); } };
    answer(broken, "no");
    expect(consent(broken, false)).toBe("unasked");
    expect(readList(broken, "x", isLine)).toEqual([]);
    const store = keep();
    for (const text of ["{", "{}", "[1, null]"]) {
      store.setItem("x", text);
      expect(readList(store, "x", isLine)).toEqual([]);
    }
  });
});

describe("cart and events", () => {
  it("adds, changes, sums and takes out", () => {
    let cart = added(added(added([], product("a"), "q1"), product("b", null), null), product("a"), "q2");
    expect(cart.map((line) => [line.product.id, line.quantity, line.queryID])).toEqual([["a", 2, "q1"], ["b", 1, null]]);
    expect([pieces(cart), total(cart)]).toEqual([3, 5]);
    cart = changed(changed(cart, "b", Number.NaN), "a", 1000);
    expect(cart.map((line) => [line.product.id, line.quantity])).toEqual([["a", 99]]);
  });
  it("remembers what was seen, the latest first, each once", () => {
    const all = Array.from({ length: 20 }, (_, n) => product(String(n)));
    const recent = [...all, product("19"), product("15")].reduce(seen, [] as ReturnType<typeof product>[]);
    expect([recent.length, recent[0]!.id, recent[1]!.id]).toEqual([12, "15", "19"]);
  });
  it("joins events with the answers they follow from", () => {
    const who = { index: "gifts", userToken: "u" };
    expect(clicked(who, "a", { queryID: "q", position: 3 })).toMatchObject({ eventType: "click", queryID: "q", positions: [3], objectIDs: ["a"] });
    expect(clicked(who, "a", { queryID: "q", position: null })).not.toHaveProperty("queryID");
    expect(carted(who, "a", "q", 2, "EUR")).toMatchObject({ eventSubtype: "addToCart", objectData: [{ quantity: 1, price: 2, queryID: "q" }], currency: "EUR" });
    expect(bought(who, added([], product("a"), null), null)).toMatchObject({ eventSubtype: "purchase", objectData: [{ quantity: 1 }] });
  });
});

describe("drawn", () => {
  it("draws the same for the same words, and what they name", () => {
    expect(drawn("RED MUG", null)).toEqual(drawn("RED MUG", null));
    expect([drawn("RED MUG", null).glyph, drawn("红色杯子", null).glyph, drawn("X1", "Clothing > Shoes").glyph, drawn("X1", null).glyph]).toEqual(["cup", "cup", "shoe", "box"]);
    expect(drawn("capital", null).glyph).toBe("box");
    for (const title of ["", "<script>", "很长".repeat(500)]) {
      const { tint, glyph, disc } = drawn(title, null);
      expect(tint >= 0 && tint < TINTS && glyph in GLYPHS && disc.r > 0).toBe(true);
    }
  });
});

it("banners are read, and what would run as a script is left out", () => {
  const told = {
    redirect: { url: "javascript:alert(1)" },
    widgets: { banners: [{ title: "双十一", text: "满减", image: { urls: [{ url: "/a.png" }] }, link: { url: "//evil.test" } }, { text: "no title" }] },
  };
  expect(bannersOf(told)).toEqual({ banners: [{ title: "双十一", text: "满减", image: "/a.png", link: null }], redirect: null });
  expect(bannersOf({ redirect: { url: "/sale" } }).redirect).toBe("/sale");
  expect(bannersOf(undefined)).toEqual({ banners: [], redirect: null });
});
