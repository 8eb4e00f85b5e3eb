/** Why an item stands where it stands: what is said of it, shortest first. */
export interface Explained {
  score: number;
  found?: { source: string; because?: string | null }[];
  terms?: { field: string; term: string; score: number }[];
  vectors?: { encoder: string; similarity: number }[];
  fusion?: { retriever: string; contribution: number }[];
  features?: { feature: string; contribution: number }[];
  rules?: { rule: string; effect: string }[];
}

export type Kind = "words" | "meaning" | "feature" | "source" | "rule" | "because";

export interface Line {
  kind: Kind;
  /** The words, the feature, the source, the rule. */
  name: string;
  /** Its part of what was added up, 0 to 1; none for what changed the sum afterwards. */
  share: number | null;
  /** What a rule multiplied the score with. */
  factor?: number;
}

/** Retrievers that read words or places; all others compare meanings. */
const PLAIN = new Set(["words", "feedback", "similar", "bought-together", "trending", "popular", "new", "for-you", "recently-viewed", "online", "looks-similar", "catalogue"]);
const MOST = 6;

/** A short list: what brought the item and its share of the score, then what moved it. */
export function why(explained: Explained): Line[] {
  const retrieved = (explained.fusion ?? []).filter((one) => one.contribution > 0);
  const features = (explained.features ?? []).filter((one) => Math.abs(one.contribution) > 1e-6);
  const ranked = features.filter((one) => one.feature !== "retrieval");
  const weight = features.find((one) => one.feature === "retrieval")?.contribution ?? 1;
  const brought = retrieved.reduce((sum, one) => sum + one.contribution, 0) || 1;
  const total = Math.max(weight, 0) + ranked.reduce((sum, one) => sum + Math.abs(one.contribution), 0) || 1;
  const part = (contribution: number) => (contribution / brought) * (Math.max(weight, 0) / total);
  const lines: Line[] = [];
  const meaning = retrieved.filter((one) => !PLAIN.has(one.retriever)).reduce((sum, one) => sum + one.contribution, 0);
  for (const one of retrieved.filter((one) => PLAIN.has(one.retriever))) {
    if (one.retriever === "words") lines.push({ kind: "words", name: terms(explained), share: part(one.contribution) });
    else lines.push({ kind: "source", name: one.retriever, share: part(one.contribution) });
  }
  if (meaning > 0) lines.push({ kind: "meaning", name: "", share: part(meaning) });
  ranked.forEach((one) => lines.push({ kind: "feature", name: one.feature, share: one.contribution / total }));
  if (!lines.length) (explained.found ?? []).forEach((one) => lines.push({ kind: "source", name: one.source, share: null }));
  lines.sort((a, b) => Math.abs(b.share ?? 0) - Math.abs(a.share ?? 0));
  const because = (explained.found ?? []).flatMap((one) => (one.because ? [{ kind: "because" as const, name: one.because, share: null }] : []));
  const rules = moved(explained).map(([rule, factor]) => ({ kind: "rule" as const, name: rule, share: null, ...(factor === 1 ? {} : { factor }) }));
  return [...lines.slice(0, MOST), ...because.slice(0, 2), ...rules.slice(0, 3)];
}

/** Each rule once, with all that it multiplied the score with. */
function moved({ rules = [] }: Explained): [rule: string, factor: number][] {
  const factors = new Map<string, number>();
  for (const { rule, effect } of rules) {
    const [, factor] = /^score x (\d+(?:\.\d+)?)$/.exec(effect) ?? [];
    factors.set(rule, (factors.get(rule) ?? 1) * Number(factor ?? 1));
  }
  return [...factors].map(([rule, factor]) => [rule, Math.round(factor * 100) / 100]);
}

/** The words that counted most, each once. */
function terms({ terms = [] }: Explained): string {
  const sums = new Map<string, number>();
  terms.forEach((one) => sums.set(one.term, (sums.get(one.term) ?? 0) + one.score));
  return [...sums].sort((a, b) => b[1] - a[1]).slice(0, 4).map(([term]) => term).join(", ");
}
