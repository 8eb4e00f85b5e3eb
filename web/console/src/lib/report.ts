/** Reports of trainings, which the API describes only as objects: what the console reads of them, checked as it is read. */
export interface Comparison {
  before: number;
  after: number;
  difference: number;
  interval: [number, number];
  pValue: number | null;
}

export interface Important {
  feature: string;
  about: string;
  spread: number;
  direction: number;
}

export interface Tried {
  name: string;
  role: string | null;
  value: number | null;
  seconds: number | null;
  error: string | null;
}

export interface TrainingReport {
  way: string;
  verdict: string | null;
  comparison: Comparison | null;
  againstCurrent: Comparison | null;
  measure: string;
  importance: Important[];
  curve: number[];
  tried: Tried[];
  segments: { name: string; cases: number; comparison: Comparison }[];
  remarks: string[];
  parameters: [string, number][];
  users: number | null;
  interactions: number | null;
}

type Json = Record<string, unknown>;
const object = (value: unknown): Json => (value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Json) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const num = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const str = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Reads a comparison whatever its sides are called: `untrained` and `trained`, `in_force` and `trained`, `before` and `after`. */
export function comparison(value: unknown): Comparison | null {
  const of = object(value);
  const [low, high] = list(of["interval"]).map(num);
  const before = num(of["before"] ?? of["untrained"] ?? of["in_force"]);
  const after = num(of["after"] ?? of["trained"]);
  const difference = num(of["difference"]);
  if (before === null || after === null || difference === null || low == null || high == null) return null;
  return { before, after, difference, interval: [low, high], pValue: num(of["p_value"]) };
}

/** Reads the report of a ranker or of a recommender (whose figures stand under `evaluation`). */
export function read(value: unknown): TrainingReport {
  const of = object(value);
  const evaluation = { ...of, ...object(of["evaluation"]) };
  const measure = str(evaluation["measure"]) ?? "ndcg@10";
  const current = comparison(evaluation["against_current"]);
  const untrained = comparison(of["ndcg@10"]);
  return {
    way: str(of["chosen"]) ?? str(of["model"]) ?? "",
    verdict: str(of["verdict"]) ?? (current ? verdict(current) : null),
    comparison: untrained ?? current,
    againstCurrent: current,
    measure,
    importance: list(of["importance"]).map(important),
    curve: list(of["curve"]).flatMap((one) => num(one) ?? []),
    tried: [...list(of["tried"]), ...list(evaluation["compared"])].map((one) => tried(one, measure)),
    segments: list(of["segments"]).flatMap(segment),
    remarks: list(evaluation["remarks"]).flatMap((one) => str(one) ?? []),
    parameters: Object.entries(object(of["parameters"])).flatMap(([name, one]): [string, number][] => (num(one) === null ? [] : [[name, num(one)!]])),
    users: num(of["users"]),
    interactions: num(of["interactions"]),
  };
}

/** As the server judges: by the whole interval of the difference. */
function verdict({ interval: [low, high] }: Comparison): string {
  return low > 0 ? "better" : high < 0 ? "worse" : "not better";
}

function important(value: unknown): Important {
  const of = object(value);
  return { feature: str(of["feature"]) ?? "", about: str(of["about"]) ?? "", spread: num(of["spread"]) ?? 0, direction: num(of["direction"]) ?? 0 };
}

function tried(value: unknown, measure: string): Tried {
  const of = object(value);
  const figures = object(of["figures"]);
  const metric = metricOf(figures, measure);
  return { name: str(of["name"]) ?? "", role: str(of["role"]), value: num(of["ndcg@10"]) ?? metric, seconds: num(of["seconds"]), error: str(of["error"]) };
}

/** A figure of an evaluation: plain, with a `value`, or in a list of named ones. */
function metricOf(figures: Json, measure: string): number | null {
  const inList = list(figures["metrics"]).map(object).find((one) => one["name"] === measure);
  const direct = figures[measure] ?? object(figures["metrics"])[measure] ?? inList;
  return num(direct) ?? num(object(direct)["value"]);
}

function segment(value: unknown): TrainingReport["segments"] {
  const of = object(value);
  const found = comparison(of["ndcg@10"]);
  return found ? [{ name: str(of["name"]) ?? "", cases: num(of["cases"]) ?? 0, comparison: found }] : [];
}
