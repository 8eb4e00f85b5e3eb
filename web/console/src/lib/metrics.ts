/** A sample of the Prometheus text format. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Reads the Prometheus text format; comments and lines that are none of it are passed over. */
export function parse(text: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const found = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line);
    if (!found) return [];
    const [, name = "", labels = "", value = ""] = found;
    return [{ name, labels: readLabels(labels), value: value === "+Inf" ? Infinity : Number(value) }];
  });
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(/([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    labels[name] = value.replace(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char));
  }
  return labels;
}

/** What is known of a route's requests. */
export interface Traffic {
  route: string;
  requests: number;
  /** Answered with 4xx. */
  refused: number;
  /** Answered with 5xx. */
  failed: number;
  /** Requests up to each bound of the latency histogram, in seconds; the last bound is infinite. */
  buckets: [number, number][];
}

/** The requests of a shop by route; `shop` null takes those of no shop. */
export function traffic(samples: readonly Sample[], shop: string): Traffic[] {
  const routes = new Map<string, Traffic>();
  const of = (route: string) => {
    const known = routes.get(route) ?? { route, requests: 0, refused: 0, failed: 0, buckets: [] };
    routes.set(route, known);
    return known;
  };
  for (const { name, labels, value } of samples) {
    const route = labels["route"];
    if (labels["shop"] !== shop || route === undefined) continue;
    if (name === "mercato_requests_total") count(of(route), labels["status"] ?? "", value);
    if (name === "mercato_request_seconds_bucket") {
      of(route).buckets.push([labels["le"] === "+Inf" ? Infinity : Number(labels["le"]), value]);
    }
  }
  routes.forEach((one) => one.buckets.sort((a, b) => a[0] - b[0]));
  return [...routes.values()].sort((a, b) => b.requests - a.requests);
}

function count(into: Traffic, status: string, value: number): void {
  into.requests += value;
  if (status.startsWith("4")) into.refused += value;
  if (status.startsWith("5")) into.failed += value;
}

/** What came between two readings; a counter that went down was reset by a restart, and then all of it is new. */
export function since(before: Traffic | undefined, now: Traffic): Traffic {
  if (!before || before.requests > now.requests) return now;
  const earlier = new Map(before.buckets);
  return {
    route: now.route,
    requests: now.requests - before.requests,
    refused: now.refused - before.refused,
    failed: now.failed - before.failed,
    buckets: now.buckets.map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)]),
  };
}

/** All routes together. */
export function together(all: readonly Traffic[]): Traffic {
  const buckets = new Map<number, number>();
  all.forEach((one) => one.buckets.forEach(([bound, count]) => buckets.set(bound, (buckets.get(bound) ?? 0) + count)));
  const sum = (of: (one: Traffic) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    route: "",
    requests: sum((one) => one.requests),
    refused: sum((one) => one.refused),
    failed: sum((one) => one.failed),
    buckets: [...buckets].sort((a, b) => a[0] - b[0]),
  };
}

/**
 * A quantile in seconds, linear inside its bucket, as Prometheus' `histogram_quantile` takes it; null without requests, the
 * last finite bound where it lies beyond.
 */
export function quantile(buckets: readonly [number, number][], share: number): number | null {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total <= 0) return null;
  const wanted = share * total;
  let [lower, below] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= wanted) return Number.isFinite(bound) ? lower + ((bound - lower) * (wanted - below)) / (count - below) : lower;
    [lower, below] = [bound, count];
  }
  return lower;
}
