export type Cell = string | number | boolean | null | undefined;

/**
 * A table as CSV (RFC 4180), with a byte order mark so that spreadsheets read Chinese. A text that a spreadsheet would run as
 * a formula gets an apostrophe before it; numbers stay numbers.
 */
export function csv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return "\uFEFF" + [head, ...rows].map((row) => row.map((cell) => quoted(disarmed(cell))).join(",") + "\r\n").join("");
}

/** One row as machines read it: quoted where needed, otherwise untouched. */
export function plainRow(cells: readonly Cell[]): string {
  return cells.map((cell) => quoted(cell === null || cell === undefined ? "" : String(cell))).join(",") + "\n";
}

function disarmed(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  const text = String(cell);
  return typeof cell === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
