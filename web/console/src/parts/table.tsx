import type { ComponentChildren, JSX } from "preact";
import { useId, useMemo, useState } from "preact/hooks";
import { number, t } from "../i18n";
import { csv, type Cell } from "../lib/csv";
import { download } from "../lib/download";
import { ordered, type Order } from "../lib/order";

export interface Column<R> {
  key: string;
  head: string;
  hint?: string;
  /** What is sorted, filtered and exported. */
  value: (row: R) => Cell;
  /** What is shown; the value where left out. */
  cell?: (row: R) => ComponentChildren;
  /** Numbers stand right, so that their digits stand under one another. */
  isNumber?: boolean;
  /** Widths: narrow columns do not wrap. */
  isNarrow?: boolean;
  /** Buttons and the like are not exported, sorted or filtered. */
  isAction?: boolean;
}

export interface TableProps<R> {
  label: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  keyOf: (row: R) => string;
  /** What the exported file is called. */
  file: string;
  empty: ComponentChildren;
  onOpen?: (row: R) => void;
  /** Keys with a row chosen, such as `a` to accept. */
  onKey?: (key: string, row: R) => void;
  isChosen?: (row: R) => boolean;
  order?: Order;
  page?: number;
}

/** A table that sorts by its heads, filters, exports what is shown, and is walked with the arrow keys. */
export function Table<R>(props: TableProps<R>): JSX.Element {
  const { columns, rows, page = 50 } = props;
  const [order, setOrder] = useState<Order | null>(props.order ?? null);
  const [filter, setFilter] = useState("");
  const [shown, setShown] = useState(page);
  const data = columns.filter((column) => !column.isAction);
  const kept = useMemo(() => {
    const wanted = filter.trim().toLowerCase();
    const matching = wanted ? rows.filter((row) => data.some((column) => String(column.value(row) ?? "").toLowerCase().includes(wanted))) : [...rows];
    const by = order && columns.find((column) => column.key === order.key);
    return by ? ordered(matching, by.value, order.isDescending) : matching;
  }, [rows, filter, order, columns]);
  if (!rows.length) return <>{props.empty}</>;
  const save = () => download(`${props.file}.csv`, csv(data.map((column) => column.head), kept.map((row) => data.map((column) => column.value(row)))), "text/csv");
  return (
    <div class="table">
      <Tools filter={filter} onFilter={setFilter} shown={kept.length} all={rows.length} onSave={save} label={props.label} />
      <div class="scroll" tabIndex={0} role="region" aria-label={props.label}>
        <table style={{ "--columns": columns.length }}>
          <caption class="unseen">{props.label}</caption>
          <thead><tr>{columns.map((column) => <HeadCell key={column.key} column={column} order={order} onOrder={setOrder} />)}</tr></thead>
          <tbody>{kept.slice(0, shown).map((row) => <Row key={props.keyOf(row)} row={row} table={props} />)}</tbody>
        </table>
      </div>
      {!kept.length && <p class="note">{t("table.noMatch", { text: filter })} <button type="button" class="link" onClick={() => setFilter("")}>{t("table.clear")}</button></p>}
      {kept.length > shown && <button type="button" class="more" onClick={() => setShown(shown + page)}>{t("table.more", { count: Math.min(page, kept.length - shown) })}</button>}
    </div>
  );
}

function Tools(props: { filter: string; onFilter: (text: string) => void; shown: number; all: number; onSave: () => void; label: string }): JSX.Element {
  const id = useId();
  return (
    <div class="tools">
      <label class="unseen" for={id}>{t("table.filter")}: {props.label}</label>
      <input id={id} type="search" placeholder={t("table.filter")} value={props.filter} onInput={(event) => props.onFilter(event.currentTarget.value)} />
      <span class="count" role="status">
        {props.shown === props.all ? t("table.rows", { all: props.all }) : t("table.shown", { shown: props.shown, all: props.all })}
      </span>
      <button type="button" class="link" onClick={props.onSave}>{t("table.export")}</button>
    </div>
  );
}

function HeadCell<R>({ column, order, onOrder }: { column: Column<R>; order: Order | null; onOrder: (order: Order | null) => void }): JSX.Element {
  const classes = [column.isNumber ? "number" : "", column.isNarrow ? "narrow" : ""].join(" ").trim();
  if (column.isAction) return <th scope="col" class={classes}>{column.head}</th>;
  const mine = order?.key === column.key ? order : null;
  // Numbers are mostly wanted largest first; a third click gives the server's own order back.
  const first = Boolean(column.isNumber);
  const next = !mine ? { key: column.key, isDescending: first } : mine.isDescending === first ? { key: column.key, isDescending: !first } : null;
  return (
    <th scope="col" class={classes} aria-sort={mine ? (mine.isDescending ? "descending" : "ascending") : "none"}>
      <button type="button" onClick={() => onOrder(next)} title={column.hint ?? ""}>
        {column.head}
        <span class="arrow" aria-hidden="true">{mine ? (mine.isDescending ? "↓" : "↑") : ""}</span>
      </button>
    </th>
  );
}

function Row<R>({ row, table }: { row: R; table: TableProps<R> }): JSX.Element {
  const { onOpen, onKey } = table;
  const press = (event: KeyboardEvent) => {
    const here = event.currentTarget as HTMLElement;
    if (event.target !== here) return;
    const to = event.key === "ArrowDown" ? here.nextElementSibling : event.key === "ArrowUp" ? here.previousElementSibling : null;
    if (to instanceof HTMLElement) to.focus();
    else if (event.key === "Enter" && onOpen) onOpen(row);
    else if (onKey && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) onKey(event.key.toLowerCase(), row);
    else return;
    event.preventDefault();
  };
  const isFocusable = Boolean(onOpen ?? onKey);
  const classes = [onOpen ? "opens" : "", table.isChosen?.(row) ? "chosen" : ""].join(" ").trim();
  const click = (event: MouseEvent) => {
    if (onOpen && !(event.target as HTMLElement).closest("a,button,input,select")) onOpen(row);
  };
  return (
    <tr class={classes} {...(isFocusable ? { tabIndex: 0, onKeyDown: press } : {})} onClick={click}>
      {table.columns.map((column) => (
        <td key={column.key} class={[column.isNumber ? "number" : "", column.isNarrow ? "narrow" : ""].join(" ").trim()}>
          {column.cell ? column.cell(row) : shownValue(column.value(row))}
        </td>
      ))}
    </tr>
  );
}

function shownValue(value: Cell): string {
  return typeof value === "number" ? number(value, 0, 4) : (value ?? "").toString();
}
