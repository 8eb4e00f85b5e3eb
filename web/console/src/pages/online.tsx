import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Schemas } from "../api/client";
import { useAsked } from "../api/use";
import { number, percent, t, word } from "../i18n";
import { Confirm } from "../parts/confirm";
import { DocumentEditor } from "../parts/document";
import { notify } from "../parts/notices";
import { Said } from "../parts/said";
import { useShop } from "../parts/shop";
import { Answer, Empty, Head, Section, Tag } from "../parts/state";
import { Table, type Column } from "../parts/table";

type Learning = Schemas["LearningAnswer"];
type Exploration = Schemas["Exploration"];
type Surface = Learning["exploration"][number];

/** A population stability index above this is much. */
const MUCH = 0.25;
const EXAMPLE = { surfaces: [{ surface: "home", policy: "thompson", places: [3, 10], depth: 50, budget: { regret: 0.02, revenue_loss: 0.02, share: 0.5, confidence: 0.9 } }] };

/** What clicks teach at once, what is explored and what that costs, and whose deeds teach nothing. */
export function Online(): JSX.Element {
  const shop = useShop();
  const learning = useAsked(`${shop.id} learning`, (signal) => api.get<Learning>(shop.path("learning"), {}, signal), 10_000);
  return (
    <>
      <Head title={t("nav.online")} lead={t("online.lead")} />
      <Answer of={learning}>{(known) => (
        <>
          <Clicks of={known.online} />
          <Drifts of={known.drifts} />
          <Quarantine of={known.quarantine} />
          <Section title={t("online.exploration")} route="GET /v1/{shop}/learning"><Surfaces of={known.exploration} /></Section>
        </>
      )}</Answer>
      <Document onChange={learning.reload} />
    </>
  );
}

function Figures({ of }: { of: [label: string, value: string, hint?: string][] }): JSX.Element {
  return <dl class="figures less">{of.map(([label, value, hint]) => <div key={label}><dt>{label}</dt><dd>{value}{hint && <small>{hint}</small>}</dd></div>)}</dl>;
}

function Clicks({ of }: { of: Learning["online"] }): JSX.Element {
  const shop = useShop();
  const { evidence } = of;
  const says = of.has_fallen_back ? t("online.fallen") : of.strength > 0 ? t("online.on", { strength: number(of.strength, 0, 3) }) : t("online.off");
  const columns: Column<(typeof evidence)[number]>[] = [
    { key: "what", head: t("online.what"), value: (one) => word("drift", one.what) },
    { key: "expected", head: t("online.expected"), value: (one) => one.expected, cell: (one) => number(one.expected, 4), isNumber: true },
    { key: "observed", head: t("online.observed"), value: (one) => one.observed, cell: (one) => number(one.observed, 4), isNumber: true },
  ];
  return (
    <Section title={t("online.clicks")} route="GET /v1/{shop}/learning" aside={<a href={shop.to("settings")}>{t("online.change")}</a>}>
      <p class={of.has_fallen_back ? "note warn" : "lead"}><Said text={says} /></p>
      <Figures of={[
        [t("online.learnt"), number(of.learnt)], [t("online.excluded"), number(of.excluded)],
        [t("online.loss"), of.learnt ? number(of.log_loss, 4) : "–", t("online.lossHint")],
        [t("online.blocks"), number(of.blocks)], [t("online.alerts"), number(of.alerts)], [t("online.falls"), number(of.falls)], [t("online.recoveries"), number(of.recoveries)],
      ]} />
      {evidence.length > 0 && <><h3>{t("online.evidence")}</h3><Table label={t("online.evidence")} columns={columns} rows={evidence} keyOf={(one) => `${one.what} ${one.expected} ${one.observed}`} file={`${shop.id}-drift`} empty={null} /></>}
      {!evidence.length && of.blocks > 0 && <p class="note">{t("online.noEvidence")}</p>}
    </Section>
  );
}

/** Features that come otherwise than they did, so that a ranker trained on the past may be misled. */
function Drifts({ of }: { of: Learning["drifts"] }): JSX.Element {
  const shop = useShop();
  const columns: Column<Learning["drifts"][number]>[] = [
    { key: "feature", head: t("models.feature"), value: (one) => one.feature, cell: (one) => <code>{one.feature}</code> },
    { key: "kind", head: t("online.of"), value: (one) => word("ranker", one.kind) },
    { key: "index", head: t("online.index"), hint: t("online.indexHint"), value: (one) => one.index, cell: (one) => <Tag tone={one.index > MUCH ? "warn" : "plain"}>{number(one.index, 3)}</Tag>, isNumber: true },
  ];
  return (
    <Section title={t("online.drifts")} lead={t("online.driftsLead")} route="GET /v1/{shop}/learning">
      <Table label={t("online.drifts")} columns={columns} rows={of} keyOf={(one) => `${one.kind} ${one.feature}`} file={`${shop.id}-drifting-features`} empty={<Empty says={t("online.noDrift")} />} />
    </Section>
  );
}

function Quarantine({ of }: { of: Learning["quarantine"] }): JSX.Element {
  return (
    <Section title={t("online.quarantine")} lead={t("online.quarantineLead")} route="GET /v1/{shop}/learning">
      <Figures of={[[t("online.actors"), number(of.actors)], [t("online.tooFast"), number(of.too_fast)], [t("online.tooSteady"), number(of.too_steady)], [t("online.keptOut"), number(of.kept_out)]]} />
    </Section>
  );
}

function Surfaces({ of }: { of: readonly Surface[] }): JSX.Element {
  const shop = useShop();
  const columns: Column<Surface>[] = [
    { key: "surface", head: t("online.surface"), value: (one) => one.surface },
    { key: "policy", head: t("online.policy"), value: (one) => one.policy, cell: (one) => <code>{one.policy}</code> },
    { key: "share", head: t("online.share"), value: (one) => one.share, cell: (one) => percent(one.share), isNumber: true },
    { key: "spent", head: t("online.spent"), value: (one) => one.spent, cell: (one) => percent(one.spent, 2), isNumber: true },
    { key: "loss", head: t("online.lossOf"), value: (one) => one.loss ?? null, cell: (one) => percent(one.loss, 2), isNumber: true },
    { key: "learnt", head: t("online.places"), value: (one) => one.learnt, isNumber: true },
    { key: "left_out", head: t("online.excluded"), value: (one) => one.left_out, isNumber: true },
    { key: "waiting", head: t("online.waiting"), value: (one) => one.waiting, isNumber: true },
  ];
  return <Table label={t("online.exploration")} columns={columns} rows={of} keyOf={(one) => one.surface} file={`${shop.id}-exploration`} empty={<Empty says={t("online.none")} todo={t("online.noneDo")} />} />;
}

function Document({ onChange }: { onChange: () => void }): JSX.Element {
  const shop = useShop();
  const path = shop.path("exploration");
  const exploration = useAsked(`${shop.id} exploration`, (signal) => api.get<Exploration>(path, {}, signal));
  const [isEnding, setEnding] = useState(false);
  const renew = () => {
    exploration.reload();
    onChange();
  };
  const put = async (before: Exploration, to: Exploration) => {
    await api.put(path, to);
    notify(t("online.put"), () => api.put(path, before).then(renew));
    renew();
  };
  const end = async () => {
    await api.put(path, { surfaces: [] });
    notify(t("online.ended"));
    renew();
  };
  const isSome = (exploration.data?.surfaces.length ?? 0) > 0;
  return (
    <Section title={t("online.document")} lead={t("online.documentLead")} route="PUT /v1/{shop}/exploration" aside={isSome && <button type="button" onClick={() => setEnding(true)}>{t("online.end")}</button>}>
      <Answer of={exploration}>{(known) => <DocumentEditor key={JSON.stringify(known)} label={t("online.document")} now={known} put={(to) => put(known, to)} example={EXAMPLE as unknown as Exploration} rows={18} />}</Answer>
      {isEnding && <Confirm asks={t("online.endAsk")} does={t("online.end")} isGrave work={end} onDone={() => setEnding(false)} />}
    </Section>
  );
}
