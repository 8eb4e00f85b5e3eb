import type { JSX } from "preact";
import { api, type Schemas } from "../../api/client";
import { useAsked } from "../../api/use";
import { number, percent, t, time, word } from "../../i18n";
import { Lines } from "../../parts/plots";
import { useShop } from "../../parts/shop";
import { Answer, Empty, Section, Tag } from "../../parts/state";
import { Table, type Column } from "../../parts/table";

type Alert = Schemas["AlertAnswer"];
type Sums = Schemas["ReviewsAnswer"];

/** Where reviews became worse, and what they say of the shop. */
export function Reviews(): JSX.Element {
  const shop = useShop();
  const alerts = useAsked(`${shop.id} alerts`, (signal) => api.get<Schemas["AlertsAnswer"]>(shop.path("alerts"), {}, signal));
  const sums = useAsked(`${shop.id} reviews`, (signal) => api.get<Sums>(shop.path("reviews"), {}, signal));
  return (
    <>
      <Section title={t("reviews.alerts")} lead={t("reviews.alertsLead")} route="GET /v1/{shop}/alerts">
        <Answer of={alerts}>{(known) => <Alerts of={known} />}</Answer>
      </Section>
      <Section title={t("reviews.sum")} route="GET /v1/{shop}/reviews">
        <Answer of={sums}>{(known) => <Summary of={known} />}</Answer>
      </Section>
    </>
  );
}

function Alerts({ of }: { of: Schemas["AlertsAnswer"] }): JSX.Element {
  const shop = useShop();
  const columns: Column<Alert>[] = [
    { key: "what", head: t("reviews.what"), value: (one) => `${word("alert", one.kind)} ${one.name ?? ""}`, cell: (one) => <><Tag>{word("alert", one.kind)}</Tag> {one.kind === "item" && one.name ? <a href={shop.to("catalogue", ["item", one.name])}>{one.name}</a> : one.name}</> },
    { key: "since", head: t("reviews.since"), value: (one) => String(one.since), cell: (one) => time(one.since), isNarrow: true },
    { key: "before", head: t("reviews.before"), value: (one) => one.before.share, cell: (one) => `${percent(one.before.share)} (${number(one.before.negative)}/${number(one.before.all)})`, isNumber: true },
    { key: "after", head: t("reviews.now"), value: (one) => one.after.share, cell: (one) => `${percent(one.after.share)} (${number(one.after.negative)}/${number(one.after.all)})`, isNumber: true },
    { key: "evidence", head: t("reviews.evidence"), value: (one) => one.evidence, cell: (one) => `× ${number(one.evidence, 0, 1)}`, isNumber: true },
    { key: "blamed", head: t("reviews.blamed"), value: (one) => one.blamed.map((part) => word("aspect", part.aspect)).join(", ") },
  ];
  const empty = <Empty says={t("reviews.noAlerts")} todo={t("reviews.watched", { count: of.watched })} />;
  return <Table label={t("reviews.alerts")} columns={columns} rows={of.alerts} keyOf={(one) => `${one.kind} ${one.name}`} file={`${shop.id}-alerts`} empty={empty} />;
}

/** What reviews say together: by week, by aspect, in their own words. */
export function Summary({ of }: { of: Sums }): JSX.Element {
  if (!of.reviews.all) return <Empty says={t("reviews.none")} todo={t("reviews.noneDo")} />;
  const { all, positive, negative } = of.reviews;
  return (
    <>
      <p class="lead">{t("reviews.sumLead", { all, items: of.items, positive, negative, by: of.read_by })}</p>
      <Weeks of={of} />
      <div class="columns">
        <Aspects of={of} />
        <div>
          <Points title={t("reviews.pros")} of={of.pros} tone="good" />
          <Points title={t("reviews.cons")} of={of.cons} tone="bad" />
        </div>
      </div>
      {of.topics.length > 0 && <Topics of={of} />}
    </>
  );
}

function Weeks({ of }: { of: Sums }): JSX.Element {
  const x = of.weeks.map((week) => new Date(week.begins).getTime() / 1000);
  const lines = [
    { label: t("reviews.praise"), values: of.weeks.map((week) => week.positive), colour: "good" as const, digits: 0, isBars: true },
    { label: t("reviews.blame"), values: of.weeks.map((week) => -week.negative), colour: "bad" as const, digits: 0, isBars: true },
  ];
  return <Lines label={t("reviews.weeks")} x={x} lines={lines} isTime height={150} />;
}

function Aspects({ of }: { of: Sums }): JSX.Element {
  const columns: Column<Sums["aspects"][number]>[] = [
    { key: "name", head: t("reviews.aspect"), value: (one) => word("aspect", one.name) },
    { key: "all", head: t("reviews.all"), value: (one) => one.all, isNumber: true },
    { key: "positive", head: t("reviews.praise"), value: (one) => one.positive, isNumber: true },
    { key: "negative", head: t("reviews.blame"), value: (one) => one.negative, isNumber: true },
  ];
  return <Table label={t("reviews.aspect")} columns={columns} rows={of.aspects} keyOf={(one) => one.name} file="aspects" empty={<span />} />;
}

function Points({ title, of, tone }: { title: string; of: Sums["pros"]; tone: "good" | "bad" }): JSX.Element | null {
  if (!of.length) return null;
  return (
    <div class="points">
      <h3>{title}</h3>
      {of.map((point, at) => (
        <div key={at}>
          <p><Tag tone={tone}>{word("aspect", point.aspect) || t("reviews.all")}</Tag> <span class="note">{number(point.reviews)} / {number(point.of)}</span></p>
          {point.quotes.map((quote, index) => <blockquote key={index}>{quote.text}</blockquote>)}
        </div>
      ))}
    </div>
  );
}

function Topics({ of }: { of: Sums }): JSX.Element {
  const columns: Column<Sums["topics"][number]>[] = [
    { key: "topic", head: t("reviews.topic"), value: (one) => `${one.named}: ${one.opinion}` },
    { key: "aspect", head: t("reviews.aspect"), value: (one) => word("aspect", one.aspect), isNarrow: true },
    { key: "sentiment", head: t("reviews.sentiment"), value: (one) => word("sentiment", one.sentiment), cell: (one) => <Tag tone={one.sentiment === "positive" ? "good" : "bad"}>{word("sentiment", one.sentiment)}</Tag>, isNarrow: true },
    { key: "reviews", head: t("reviews.reviews"), value: (one) => one.reviews, isNumber: true },
  ];
  return <Section title={t("reviews.topics")}><Table label={t("reviews.topics")} columns={columns} rows={of.topics} keyOf={(one) => `${one.aspect} ${one.named} ${one.opinion} ${one.sentiment}`} file="topics" page={12} empty={<span />} /></Section>;
}
