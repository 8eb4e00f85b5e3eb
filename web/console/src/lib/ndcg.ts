/** Grades a person can give a result, the worst first. */
export const GRADES = [0, 1, 2, 3] as const;
export type Grade = (typeof GRADES)[number];

/**
 * Discounted cumulative gain: the sum of gain(i) / log2(i + 1) over ranks i = 1..k, gains taken linearly (Järvelin and
 * Kekäläinen 2002), as the server's evaluation takes them, so that figures here and there are the same.
 */
export function dcg(gains: readonly number[], k: number): number {
  return gains.slice(0, k).reduce((sum, gain, index) => sum + gain / Math.log2(index + 2), 0);
}

/**
 * DCG over the DCG of the best order of all judged results; what was not judged counts 0. `null` where nothing relevant was
 * judged, because then every order is as good.
 */
export function ndcg(shown: readonly string[], judged: ReadonlyMap<string, number>, k = 10): number | null {
  const ideal = dcg([...judged.values()].sort((a, b) => b - a), k);
  return ideal > 0 ? dcg(shown.map((id) => judged.get(id) ?? 0), k) / ideal : null;
}

/** How many of the first `k` results were judged. */
export function judgedAmong(shown: readonly string[], judged: ReadonlyMap<string, number>, k = 10): number {
  return shown.slice(0, k).filter((id) => judged.has(id)).length;
}
