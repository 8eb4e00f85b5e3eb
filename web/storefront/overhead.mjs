// How much longer a search by the storefront protocol takes than the same one natively: against `mercato demo --shop amazon`.
// usage: node web/storefront/overhead.mjs http://127.0.0.1:7700 [ROUNDS]
import http from "node:http";

const [url = "http://127.0.0.1:7700", rounds = "40"] = process.argv.slice(2);
const queries = ["running shoes", "wireless headphones", "red dress", "phone case", "water bottle", "连衣裙", "手机壳", "蓝牙耳机",
  "backpack for women", "kids toys"];
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const headers = { "content-type": "application/json", "x-algolia-application-id": "shop", "x-algolia-api-key": "any" };

const post = (path, body) => new Promise((resolve, reject) => {
  const request = http.request(url + path, { method: "POST", agent, headers }, (answer) => {
    const parts = [];
    answer.on("data", (part) => parts.push(part));
    answer.on("end", () => (answer.statusCode === 200 ? resolve(Buffer.concat(parts)) : reject(new Error(`${answer.statusCode} ${Buffer.concat(parts)}`))));
  });
  request.on("error", reject);
  request.end(JSON.stringify(body));
});

const facets = ["brand", "category"];
const search = (query, more) => post("/1/indexes/amazon/query", { query, hitsPerPage: 20, facets, maxValuesPerFacet: 20, analytics: false, ...more });
const kinds = {
  native: (query) => post("/v1/amazon/search", { query, limit: 20, facets: facets.map((attribute) => ({ attribute, limit: 20 })), record: false, include_unavailable: true }),
  "title marked": (query) => search(query, { attributesToHighlight: ["title"] }),
  "all marked": (query) => search(query, {}),
};

const times = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
for (const query of queries) {
  const [native, ...others] = await Promise.all(Object.values(kinds).map(async (ask) => JSON.parse(await ask(query))));
  if (others.some((answer) => answer.nbHits !== native.total)) throw new Error(`${query}: not the same search`);
}
// In turn, so that what else the machine does falls on all alike.
for (let round = 0; round < Number(rounds); round++) {
  for (const query of queries) {
    for (const [kind, ask] of Object.entries(kinds)) {
      const began = performance.now();
      await ask(query);
      times[kind].push(performance.now() - began);
    }
  }
}
const of = (all, share) => all.toSorted((a, b) => a - b)[Math.floor(all.length * share)];
for (const [kind, all] of Object.entries(times)) {
  const more = (100 * (of(all, 0.5) / of(times.native, 0.5) - 1)).toFixed(0);
  console.log(`${kind.padEnd(12)} p50 ${of(all, 0.5).toFixed(1)} ms (${more} % more), p95 ${of(all, 0.95).toFixed(1)} ms`);
}
agent.destroy();
