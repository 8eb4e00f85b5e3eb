import type { JSX } from "preact";
import { api } from "../../api/client";
import { useAsked } from "../../api/use";
import { percent, t, time } from "../../i18n";
import { go, type Place } from "../../lib/place";
import { useShop } from "../../parts/shop";
import { Answer, Empty, Head, Section, Tag } from "../../parts/state";
import { Table, type Column } from "../../parts/table";
import type { Experiment } from "./document";
import { NewExperiment } from "./form";
import { One } from "./one";

/** Experiments: all of them, one with its report, or a new one. */
export function Experiments({ place }: { place: Place }): JSX.Element {
  const [view, id] = place.rest;
  if (view === "new") return <NewExperiment />;
  if (view === "one" && id) return <One key={id} id={id} />;
  return <List />;
}

function List(): JSX.Element {
  const shop = useShop();
  const experiments = useAsked(`${shop.id} experiments`, (signal) => api.get<{ experiments: Experiment[] }>(shop.path("experiments"), {}, signal));
  const begin = <a class="button main" href={shop.to("experiments", ["new"])}>{t("experiments.new")}</a>;
  const open = (one: Experiment) => shop.to("experiments", ["one", one.id]);
  const columns: Column<Experiment>[] = [
    { key: "id", head: t("experiments.id"), value: (one) => one.id, cell: (one) => <><a href={open(one)}>{one.id}</a>{one.description && <small>{one.description}</small>}</> },
    { key: "status", head: t("experiments.status"), value: (one) => t(one.ended ? "experiments.ended" : "experiments.running"), cell: (one) => <Tag tone={one.ended ? "plain" : "good"}>{t(one.ended ? "experiments.ended" : "experiments.running")}</Tag>, isNarrow: true },
    { key: "arms", head: t("experiments.arms"), value: (one) => one.arms.map((arm) => arm.name).join(", ") },
    { key: "ramp", head: t("experiments.ramp"), value: (one) => one.ramp ?? 1, cell: (one) => percent(one.ramp ?? 1, 0), isNumber: true },
    { key: "started", head: t("experiments.started"), value: (one) => one.started, cell: (one) => time(one.started), isNarrow: true },
    { key: "ended", head: t("experiments.endedAt"), value: (one) => one.ended, cell: (one) => (one.ended ? time(one.ended) : ""), isNarrow: true },
  ];
  return (
    <>
      <Head title={t("nav.experiments")} lead={t("experiments.lead")} />
      <Section title={t("nav.experiments")} route="GET /v1/{shop}/experiments" aside={begin}>
        <Answer of={experiments}>{(known) => (
          <Table label={t("nav.experiments")} columns={columns} rows={known.experiments} keyOf={(one) => one.id} file={`${shop.id}-experiments`} onOpen={(one) => go(open(one))}
            empty={<Empty says={t("experiments.none")} todo={t("experiments.noneDo")} />} />
        )}</Answer>
      </Section>
    </>
  );
}
