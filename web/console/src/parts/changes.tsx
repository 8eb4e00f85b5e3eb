import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { api, type Schemas } from "../api/client";
import { t, time, word } from "../i18n";
import { isAbout, laidOut, nameOf, undoable, type Change } from "../lib/changes";
import { Confirm } from "./confirm";
import { Drawer } from "./drawer";
import { Diff } from "./json";
import { notify } from "./notices";
import { useShop, type ShopHere } from "./shop";
import { Tag } from "./state";
import { Table, type Column } from "./table";

/** How many changes are looked through for those of one thing. */
const RECENT = 500;

const TONES: Record<string, "good" | "bad" | "warn" | "accent"> = { published: "good", created: "good", withdrawn: "warn", undone: "accent", deleted: "bad" };

export async function changesOf(shop: ShopHere, signal?: AbortSignal): Promise<Change[]> {
  return (await api.get<Schemas["AuditAnswer"]>(shop.path("audit"), { limit: RECENT }, signal)).changes;
}

export function undo(shop: ShopHere, change: { id: number }): Promise<unknown> {
  return api.post(shop.path("audit", String(change.id), "undo"), {});
}

/** Takes back what was just done to this thing: the newest change of it. */
export async function undoLast(shop: ShopHere, kind: string, id: string): Promise<unknown> {
  const last = (await changesOf(shop)).find((one) => isAbout(one, kind, id) && one.can_undo);
  if (!last) throw new Error(t("history.nothing"));
  return undo(shop, last);
}

/** Changes with who made them, what they changed, and a way back. */
export function Changes({ label, changes, file, onUndone, empty, isOfOne }: { label: string; changes: readonly Change[]; file: string; onUndone: () => void; empty: JSX.Element; isOfOne?: boolean }): JSX.Element {
  const shop = useShop();
  const [open, setOpen] = useState<number | null>(null);
  const [undoing, setUndoing] = useState<Change | null>(null);
  const takeBack = async (one: Change) => {
    await undo(shop, one);
    notify(t("do.undone"));
    onUndone();
  };
  const free = useMemo(() => undoable(changes), [changes]);
  const shown = changes.find((one) => one.id === open);
  const columns: Column<Change>[] = [
    { key: "time", head: t("history.time"), value: (one) => new Date(one.time_ms).toISOString(), cell: (one) => <time>{time(one.time_ms)}</time>, isNarrow: true },
    { key: "who", head: t("history.who"), value: who, isNarrow: true },
    { key: "action", head: t("history.action"), value: (one) => word("action", one.action), cell: (one) => <Tag tone={TONES[one.action] ?? "plain"}>{word("action", one.action)}</Tag>, isNarrow: true },
    ...(isOfOne ? [] : [
      { key: "kind", head: t("history.kind"), value: (one: Change) => word("changed", one.kind), isNarrow: true },
      { key: "what", head: t("history.what"), value: nameOf },
    ]),
    { key: "do", head: "", value: () => "", isAction: true, isNarrow: true, cell: (one) => (
      <span class="buttons">
        <button type="button" aria-label={`${t("history.difference")}: ${says(one)}`} onClick={() => setOpen(one.id)}>{t("history.difference")}</button>
        {free.has(one.id) && <button type="button" aria-label={t("history.undo", { what: says(one) })} onClick={() => setUndoing(one)}>{t("do.undo")}</button>}
      </span>
    ) },
  ];
  return (
    <>
      <Table label={label} columns={columns} rows={changes} keyOf={(one) => String(one.id)} file={file} empty={empty} isChosen={(one) => one.id === open} page={20} />
      {shown && <Drawer title={says(shown)} onClose={() => setOpen(null)}><p class="facts"><time>{time(shown.time_ms)}</time><span>{who(shown)}</span></p><Difference of={shown} /></Drawer>}
      {undoing && <Confirm asks={t("history.undoAsk", { what: says(undoing) })} does={t("do.undo")} work={() => takeBack(undoing)} onDone={() => setUndoing(null)}><Difference of={undoing} isBack /></Confirm>}
    </>
  );
}

function who({ by }: Change): string {
  return by ? by.name || by.key : t("history.nobody");
}

function says(change: Change): string {
  return `${nameOf(change)}: ${word("action", change.action)}`;
}

/** What a change changed, or what taking it back would. */
function Difference({ of, isBack }: { of: Change; isBack?: boolean }): JSX.Element {
  const [before, after] = [laidOut(of.before), laidOut(of.after)];
  if (!before && !after) return <p class="note">{t("history.nothing")}</p>;
  return <Diff before={isBack ? after : before} after={isBack ? before : after} />;
}
