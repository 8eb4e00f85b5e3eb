import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, type Schemas } from "../api/client";
import { useAsked, useDoing } from "../api/use";
import { t, word } from "../i18n";
import type { Change } from "../lib/changes";
import { Changes } from "../parts/changes";
import { Choice } from "../parts/fields";
import { useShop } from "../parts/shop";
import { Answer, Empty, Failure, Head, Section } from "../parts/state";

const PAGE = 200;

/** Who changed what, with what it was before, and a way back. */
export function History(): JSX.Element {
  const shop = useShop();
  const [older, setOlder] = useState<Change[]>([]);
  const [isEnd, setEnd] = useState(false);
  const newest = useAsked(`${shop.id} audit`, (signal) => api.get<Schemas["AuditAnswer"]>(shop.path("audit"), { limit: PAGE }, signal));
  const doing = useDoing();
  useEffect(() => setOlder([]), [newest.data]);
  const all = [...(newest.data?.changes ?? []), ...older];
  const more = () => doing.run(async () => {
    const page = await api.get<Schemas["AuditAnswer"]>(shop.path("audit"), { limit: PAGE, before: all.at(-1)?.id });
    setOlder([...older, ...page.changes]);
    setEnd(page.changes.length < PAGE);
  });
  return (
    <>
      <Head title={t("nav.history")} lead={t("history.lead")} />
      <Section title={t("history.title")} route="GET /v1/{shop}/audit">
        <Answer of={newest}>{() => <ByKind changes={all} onUndone={newest.reload} />}</Answer>
        {doing.error && <Failure error={doing.error} />}
        {!isEnd && all.length >= PAGE && <button type="button" class="more" disabled={doing.isBusy} onClick={() => void more()}>{t("history.older")}</button>}
      </Section>
    </>
  );
}

function ByKind({ changes, onUndone }: { changes: readonly Change[]; onUndone: () => void }): JSX.Element {
  const shop = useShop();
  const [kind, setKind] = useState("all");
  const kinds = [...new Set(changes.map((one) => one.kind))];
  return (
    <>
      {kinds.length > 1 && <Choice label={t("history.show")} value={kind} onValue={setKind} options={[["all", t("history.all")], ...kinds.map((one) => [one, word("changed", one)] as const)]} />}
      <Changes label={t("history.title")} changes={changes.filter((one) => kind === "all" || one.kind === kind)} file={`${shop.id}-history`} onUndone={onUndone} empty={<Empty says={t("history.none")} todo={t("history.noneDo")} />} />
    </>
  );
}
