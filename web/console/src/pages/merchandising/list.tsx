import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Schemas } from "../../api/client";
import { useAsked } from "../../api/use";
import { t, time, word } from "../../i18n";
import { edited, type CurationAnswer } from "../../lib/curation";
import { go } from "../../lib/place";
import { Choice } from "../../parts/fields";
import { useShop } from "../../parts/shop";
import { Answer, Empty, Head, Section, Tag } from "../../parts/state";
import { Table, type Column } from "../../parts/table";
import { Start } from "./start";
import { doesSays, scheduleSays, whenSays } from "./words";

const STATES = ["live", "scheduled", "draft", "ended"] as const;
export const TONES: Record<string, "good" | "accent" | "plain" | "warn"> = { live: "good", scheduled: "accent", ended: "warn" };

/** All curations: their state, when they apply, what they do. */
export function List(): JSX.Element {
  const shop = useShop();
  const curations = useAsked(`${shop.id} curations`, (signal) => api.get<Schemas["CurationsAnswer"]>(shop.path("curations"), {}, signal));
  return (
    <>
      <Head title={t("nav.merchandising")} lead={t("merch.lead")} />
      <Start />
      <Section title={t("merch.list")} route="GET /v1/{shop}/curations">
        <Answer of={curations}>{(known) => <Known curations={known.curations} />}</Answer>
      </Section>
    </>
  );
}

function Known({ curations }: { curations: readonly CurationAnswer[] }): JSX.Element {
  const shop = useShop();
  const [state, setState] = useState<(typeof STATES)[number] | "all">("all");
  const there = STATES.filter((one) => curations.some((curation) => curation.state === one));
  const shown = curations.filter((one) => state === "all" || one.state === state);
  const columns: Column<CurationAnswer>[] = [
    { key: "state", head: t("merch.state"), value: (one) => word("curation", one.state), cell: (one) => <Tag tone={TONES[one.state] ?? "plain"}>{word("curation", one.state)}</Tag>, isNarrow: true },
    { key: "name", head: t("merch.name"), value: (one) => edited(one).name, cell: (one) => <Named of={one} /> },
    { key: "when", head: t("merch.when"), value: (one) => whenSays(edited(one).when) },
    { key: "does", head: t("merch.does"), value: (one) => doesSays(edited(one)).join(", ") },
    { key: "schedule", head: t("merch.schedule"), value: (one) => scheduleSays(edited(one)) },
    { key: "changed", head: t("merch.changed"), value: (one) => new Date(one.changed_ms).toISOString(), cell: (one) => <time>{time(one.changed_ms)}</time>, isNarrow: true },
  ];
  return (
    <>
      {there.length > 1 && <Choice label={t("history.show")} value={state} onValue={setState} options={[["all", t("history.all")], ...there.map((one) => [one, word("curation", one)] as const)]} />}
      <Table label={t("merch.list")} columns={columns} rows={shown} keyOf={(one) => one.id} file={`${shop.id}-curations`} onOpen={(one) => go(shop.to("merchandising", [one.id]))}
        empty={<Empty says={t("merch.none")} todo={t("merch.noneDo")} />} />
    </>
  );
}

function Named({ of }: { of: CurationAnswer }): JSX.Element {
  const shop = useShop();
  return (
    <>
      <a href={shop.to("merchandising", [of.id])}>{edited(of).name}</a>
      {of.draft && of.published && <small>{t("merch.hasDraft")}</small>}
    </>
  );
}
