/** What is needed of an explanation: `base` and the contributions are the ranker's score, rules multiply it up to `score`. */
export interface Explained {
  score: number;
  base: number;
  features: readonly { feature: string; value: number; contribution: number }[];
  rules?: readonly { rule: string; effect: string }[];
}

/** One bar: it leads from one running sum to the next. */
export interface Step {
  kind: "base" | "feature" | "rest" | "rule" | "score";
  /** Name of the feature or rule; how many features where they are the rest. */
  name: string;
  /** The feature's value, the rule's factor. */
  value?: number;
  from: number;
  to: number;
}

export interface Waterfall {
  steps: Step[];
  /** What the bars before the last come to. */
  sum: number;
  score: number;
  /** Whether the bars come to the score, within what rounding of 32-bit numbers does. */
  addsUp: boolean;
}

/** Features that get bars of their own. */
const OWN_BARS = 8;

/** How rules say that they changed a score; others move an item to another place and leave its score alone. */
const FACTOR = /^score x (\d+(?:\.\d+)?)$/;
/** What a factor may be off, because it is told with two digits. */
const FACTOR_ROUNDED = 0.0051;

/**
 * Bars from the base to the score. The strongest features have bars of their own, the others one together; every rule that
 * multiplied the score has one. What is left over may be no more than rounding explains: else the explanation does not add
 * up, and this says so.
 */
export function waterfall(explained: Explained, ownBars = OWN_BARS): Waterfall {
  const steps: Step[] = [];
  let sum = 0;
  const add = (kind: Step["kind"], name: string, by: number, value?: number) => {
    steps.push({ kind, name, from: sum, to: sum + by, ...(value === undefined ? {} : { value }) });
    sum += by;
  };
  if (explained.base !== 0) add("base", "", explained.base);
  const { own, others } = split(explained, ownBars);
  own.forEach((one) => add("feature", one.feature, one.contribution, one.value));
  if (others.length) add("rest", String(others.length), others.reduce((total, one) => total + one.contribution, 0));
  const factors = factorsOf(explained);
  // A score below 0 is lifted by what lifts, too.
  factors.forEach(({ rule, factor }) => add("rule", rule, (sum < 0 ? sum / factor : sum * factor) - sum, factor));
  const rounded = factors.reduce((share, { factor }) => share + FACTOR_ROUNDED / factor, 0) * Math.abs(explained.score);
  const addsUp = Math.abs(explained.score - sum) <= tolerance(explained) + rounded;
  const last = steps.at(-1);
  if (addsUp && last) last.to = explained.score;
  steps.push({ kind: "score", name: "", from: 0, to: explained.score });
  return { steps, sum: addsUp ? explained.score : sum, score: explained.score, addsUp };
}

/** The features that move the score, the strongest first, and which of them have bars of their own. */
function split({ features }: Explained, ownBars: number) {
  const moving = features.filter((one) => one.contribution !== 0);
  const strongest = moving.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  // A bar for one other feature takes no more room than its own.
  const count = strongest.length <= ownBars + 1 ? strongest.length : ownBars;
  return { own: strongest.slice(0, count), others: strongest.slice(count) };
}

function factorsOf({ rules = [] }: Explained): { rule: string; factor: number }[] {
  return rules.flatMap(({ rule, effect }) => {
    const factor = Number(FACTOR.exec(effect)?.[1] ?? 0);
    return factor > 0 ? [{ rule, factor }] : [];
  });
}

/** What adding 32-bit numbers may lose. */
function tolerance({ score, base, features }: Explained): number {
  const largest = features.reduce((most, one) => Math.max(most, Math.abs(one.contribution)), Math.abs(score) + Math.abs(base));
  return 1e-4 * Math.max(1, largest);
}

/** The smallest and the largest running sum, for an axis; 0 is always on it. */
export function extent(waterfalls: readonly Waterfall[]): [number, number] {
  const all = waterfalls.flatMap((one) => one.steps.flatMap((step) => [step.from, step.to]));
  return [Math.min(0, ...all), Math.max(0, ...all)];
}
