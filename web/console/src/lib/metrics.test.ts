import { expect, test } from "vitest";
import { parse, quantile, since, together, traffic } from "./metrics";

const TEXT = `# HELP mercato_requests_total Requests answered.
# TYPE mercato_requests_total counter
mercato_requests_total{route="/v1/{shop}/search",shop="gifts",status="200"} 8
mercato_requests_total{route="/v1/{shop}/search",shop="gifts",status="422"} 1
mercato_requests_total{route="/v1/{shop}/search",shop="gifts",status="500"} 1
mercato_requests_total{route="/v1/{shop}/search",shop="toys",status="200"} 99
mercato_request_seconds_bucket{route="/v1/{shop}/search",shop="gifts",le="0.001"} 5
mercato_request_seconds_bucket{route="/v1/{shop}/search",shop="gifts",le="0.01"} 9
mercato_request_seconds_bucket{route="/v1/{shop}/search",shop="gifts",le="+Inf"} 10
mercato_queue_depth{queue="answers"} 0
`;

test("requests are counted by route and outcome, for one shop", () => {
  const [search, ...others] = traffic(parse(TEXT), "gifts");
  expect(others).toEqual([]);
  expect(search).toMatchObject({ route: "/v1/{shop}/search", requests: 10, refused: 1, failed: 1 });
  expect(search?.buckets).toEqual([[0.001, 5], [0.01, 9], [Infinity, 10]]);
});

test("quantiles are linear inside a bucket", () => {
  const buckets = traffic(parse(TEXT), "gifts")[0]!.buckets;
  expect(quantile(buckets, 0.5)).toBeCloseTo(0.001, 9);
  expect(quantile(buckets, 0.7)).toBeCloseTo(0.001 + 0.009 * 0.5, 9);
  expect(quantile(buckets, 0.99)).toBe(0.01);
  expect(quantile([], 0.5)).toBeNull();
});

test("what came since is the difference; after a restart it is all", () => {
  const now = together(traffic(parse(TEXT), "gifts"));
  const before = { ...now, requests: 4, refused: 0, failed: 0, buckets: [[0.001, 3], [0.01, 4], [Infinity, 4]] as [number, number][] };
  expect(since(before, now)).toMatchObject({ requests: 6, refused: 1, failed: 1, buckets: [[0.001, 2], [0.01, 5], [Infinity, 6]] });
  expect(since({ ...before, requests: 400 }, now)).toEqual(now);
});

test("labels may hold quotes and braces", () => {
  expect(parse('x{a="say \\"hi\\" {b}",c="d"} 1.5')).toEqual([{ name: "x", labels: { a: 'say "hi" {b}', c: "d" }, value: 1.5 }]);
});
