import type { Cell } from "./csv";

/** What a table is ordered by. */
export interface Order {
  key: string;
  isDescending: boolean;
}

/** Rows in order of a value: numbers by size, texts as people order them, what is missing always last; equals stay as they are. */
export function ordered<R>(rows: readonly R[], value: (row: R) => Cell, isDescending: boolean): R[] {
  const keyed = rows.map((row) => ({ row, key: value(row) ?? null }));
  const sign = isDescending ? -1 : 1;
  return keyed
    .sort((a, b) => {
      if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
      return sign * compared(a.key, b.key);
    })
    .map(({ row }) => row);
}

function compared(a: NonNullable<Cell>, b: NonNullable<Cell>): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}
