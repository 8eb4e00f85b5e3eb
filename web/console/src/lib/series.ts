import type { Schemas } from "../api/client";

export type SeriesPoint = Schemas["SeriesAnswer"]["points"][number];

/** Spans of time that one looks at, with the steps that suit them. */
export const SPANS = { day: 1, week: 7, month: 30, quarter: 90 } as const;
export type Span = keyof typeof SPANS;
export type Step = "hour" | "day";

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** Points that a plot can show. */
const MOST = 24 * 31;

/** The steps that a span may be shown in: not less than two points, not more than fit. */
export function steps(span: Span): Step[] {
  return (["hour", "day"] as const).filter((step) => points(span, step) >= 2 && points(span, step) <= MOST);
}

function points(span: Span, step: Step): number {
  return SPANS[span] * (step === "hour" ? 24 : 1);
}

/** From when to when, in milliseconds: whole steps, the one that runs now included. */
export function range(span: Span, step: Step, now: number): { from: number; until: number } {
  const width = step === "hour" ? HOUR : DAY;
  const until = Math.ceil(now / width) * width;
  return { from: until - SPANS[span] * DAY, until };
}

export interface Totals {
  searches: number;
  searches_empty: number;
  recommendations: number;
  clicks: number;
  carts: number;
  purchases: number;
  revenue: number;
  degraded: number;
  refused: number;
  failed: number;
}

/** All of a span together. */
export function totals(points: readonly SeriesPoint[]): Totals {
  const sum = (of: keyof Totals) => points.reduce((all, point) => all + point[of], 0);
  return {
    searches: sum("searches"), searches_empty: sum("searches_empty"), recommendations: sum("recommendations"), clicks: sum("clicks"),
    carts: sum("carts"), purchases: sum("purchases"), revenue: sum("revenue"), degraded: sum("degraded"), refused: sum("refused"), failed: sum("failed"),
  };
}

/** Places of the values that stand between two missing ones; `null` without any. */
export function alone(values: ArrayLike<number | null | undefined>): number[] | null {
  const isThere = (at: number) => values[at] !== null && values[at] !== undefined;
  const found = Array.from(values, (_, at) => at).filter((at) => isThere(at) && !isThere(at - 1) && !isThere(at + 1));
  return found.length ? found : null;
}
