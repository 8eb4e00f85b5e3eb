import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, type Schemas } from "../../api/client";
import { useAsked, type Asked } from "../../api/use";
import { bytes, duration, number, percent, t, time, word } from "../../i18n";
import { parse, quantile, since, together, traffic, type Traffic } from "../../lib/metrics";
import { Lines } from "../../parts/plots";
import { useShop } from "../../parts/shop";
import { Answer, Empty, Head, Section, Source, Tag } from "../../parts/state";
import { Table, type Column } from "../../parts/table";
import { whatWasDone, whoDid } from "../live";
import { TrafficOverTime } from "./traffic";

const EVERY_MS = 5_000;
/** Readings that the live lines keep: ten minutes. */
const READINGS = 120;
const LAST_EVENTS = 12;

/** What the server knows of the shop now; each figure with the route it comes from. */
export function Overview(): JSX.Element {
  const shop = useShop();
  const stats = useAsked(`${shop.id} stats`, (signal) => api.get<Schemas["StatsAnswer"]>(shop.path("stats"), {}, signal), EVERY_MS);
  const metrics = useAsked(`${shop.id} metrics`, async (signal) => traffic(parse(await api.text("/metrics", signal)), shop.id), EVERY_MS);
  return (
    <>
      <Head title={t("nav.overview")} lead={t("overview.lead")} />
      <Answer of={stats} lines={2}>{(known) => <Figures stats={known} />}</Answer>
      <TrafficOverTime />
      <Section title={t("overview.live")} route="GET /metrics">
        <Answer of={metrics} lines={3}>{(known) => <Live known={known} />}</Answer>
      </Section>
      <div class="columns uneven">
        <State />
        <Tail events={stats.data?.events} />
      </div>
      <Section title={t("overview.traffic")} lead={t("overview.trafficLead")} route="GET /metrics">
        <Answer of={metrics}>{(known) => <Routes known={known} />}</Answer>
      </Section>
    </>
  );
}

function Figures({ stats }: { stats: Schemas["StatsAnswer"] }): JSX.Element {
  const isCurrent = !stats.index_lag && !stats.embeddings_pending;
  const behind = t("overview.behind", { lag: stats.index_lag, pending: stats.embeddings_pending });
  const figures: [string, string, string][] = [
    [t("overview.items"), number(stats.items), isCurrent ? t("overview.current") : behind],
    [t("overview.events"), number(stats.events), ""],
    [t("overview.actors"), number(stats.actors), ""],
    [t("overview.searches"), number(stats.searches), t("overview.searchesHint")],
    [t("overview.empty"), number(stats.searches_empty), t("overview.emptyShare", { share: stats.searches ? percent(stats.searches_empty / stats.searches) : "–" })],
    [t("overview.disk"), bytes(stats.disk_bytes), ""],
  ];
  return (
    <div class="figures-frame">
      <dl class="figures">
        {figures.map(([label, value, note]) => (
          <div key={label}><dt>{label}</dt><dd>{value}{note && <small>{note}</small>}</dd></div>
        ))}
      </dl>
      <Source route="GET /v1/{shop}/stats" />
      {stats.rebuild && <p class="note">{t("overview.rebuild", { done: stats.rebuild.done, total: stats.rebuild.total })}</p>}
    </div>
  );
}

interface Reading {
  at: number;
  perSecond: number;
  p95: number | null;
}

/** Requests a second and the slow end of their times, from one reading to the next. */
function Live({ known }: { known: Traffic[] }): JSX.Element {
  const before = useRef<{ at: number; all: Traffic } | null>(null);
  const [readings, setReadings] = useState<Reading[]>([]);
  useEffect(() => {
    const [at, all] = [Date.now() / 1000, together(known)];
    const last = before.current;
    before.current = { at, all };
    if (!last || at <= last.at) return;
    const came = since(last.all, all);
    const p95 = quantile(came.buckets, 0.95);
    setReadings((old) => [...old, { at, perSecond: came.requests / (at - last.at), p95: p95 === null ? null : p95 * 1000 }].slice(-READINGS));
  }, [known]);
  if (!readings.length) return <p class="note">{t("overview.waiting")}</p>;
  const x = readings.map((one) => one.at);
  return (
    <div class="columns">
      <Lines label={t("overview.perSecond")} x={x} isTime lines={[{ label: t("overview.perSecond"), values: readings.map((one) => one.perSecond), colour: "a", digits: 1 }]} />
      <Lines label={t("overview.p95")} x={x} isTime lines={[{ label: t("overview.p95"), values: readings.map((one) => one.p95), colour: "b", digits: 1 }]} />
    </div>
  );
}

function Routes({ known }: { known: Traffic[] }): JSX.Element {
  const shop = useShop();
  const columns: Column<Traffic>[] = [
    { key: "route", head: t("overview.route"), value: (one) => one.route, cell: (one) => <code>{one.route}</code> },
    { key: "requests", head: t("overview.requests"), value: (one) => one.requests, isNumber: true },
    { key: "refused", head: t("overview.refused"), value: (one) => one.refused, isNumber: true },
    { key: "failed", head: t("overview.failed"), value: (one) => one.failed, cell: (one) => (one.failed ? <Tag tone="bad">{number(one.failed)}</Tag> : "0"), isNumber: true },
    { key: "p50", head: t("overview.half"), value: (one) => quantile(one.buckets, 0.5), cell: (one) => duration(quantile(one.buckets, 0.5)), isNumber: true },
    { key: "p95", head: t("overview.most"), value: (one) => quantile(one.buckets, 0.95), cell: (one) => duration(quantile(one.buckets, 0.95)), isNumber: true },
  ];
  const empty = <Empty says={t("overview.noTraffic")} todo={t("overview.noTrafficDo")}><a href={shop.to("workbench")}>{t("nav.workbench")}</a></Empty>;
  return <Table label={t("overview.traffic")} columns={columns} rows={known} keyOf={(one) => one.route} file={`${shop.id}-requests`} empty={empty} />;
}

/** What serves and what it learns, a line each. */
function State(): JSX.Element {
  const shop = useShop();
  const learning = useAsked(`${shop.id} learning`, (signal) => api.get<Schemas["LearningAnswer"]>(shop.path("learning"), {}, signal), EVERY_MS);
  const alerts = useAsked(`${shop.id} alerts`, (signal) => api.get<Schemas["AlertsAnswer"]>(shop.path("alerts"), { quotes: 0 }, signal));
  return (
    <Section title={t("overview.state")} route="GET /v1/{shop}/learning">
      <Answer of={learning}>{(known) => <Lists known={known} alerts={alerts} />}</Answer>
    </Section>
  );
}

function Lists({ known, alerts }: { known: Schemas["LearningAnswer"]; alerts: Asked<Schemas["AlertsAnswer"]> }): JSX.Element {
  const shop = useShop();
  const { online, exploration, quarantine } = known;
  const version = (kind: string) => known.rankers.find((one) => one.kind === kind)?.version ?? null;
  const serves = (kind: string) => (version(kind) === null ? t("overview.untrained") : t("overview.version", { version: version(kind)! }));
  const clicks = online.has_fallen_back ? <Tag tone="bad">{t("overview.clicksBack")}</Tag> : online.strength > 0 ? t("overview.clicksOn", { learnt: online.learnt }) : t("overview.clicksOff");
  const found = alerts.data?.alerts.length;
  const lines: [string, ComponentChildren, string][] = [
    [t("overview.searchRanker"), serves("search"), shop.to("models")],
    [t("overview.recommendRanker"), serves("recommend"), shop.to("models")],
    [t("overview.clicks"), clicks, shop.to("online")],
    [t("overview.exploring"), exploration.length ? t("overview.exploringSome", { count: exploration.length }) : t("overview.exploringNone"), shop.to("online")],
    [t("overview.held"), t("overview.heldSome", { count: quarantine.actors }), shop.to("online")],
    [t("overview.alerts"), found === undefined ? "…" : found ? <Tag tone="warn">{number(found)}</Tag> : t("overview.alertsNone"), shop.to("catalogue", ["reviews"])],
  ];
  return (
    <dl class="lines">
      {lines.map(([label, says, href]) => <div key={label}><dt><a href={href}>{label}</a></dt><dd>{says}</dd></div>)}
    </dl>
  );
}

/** The last events of the log; read again when there are more. */
function Tail({ events }: { events: number | undefined }): JSX.Element {
  const shop = useShop();
  const last = useRef<Schemas["LoggedEventAnswer"][]>([]);
  const from = events === undefined ? null : Math.max(0, events - LAST_EVENTS);
  const page = useAsked(from === null ? null : `${shop.id} log ${events}`, (signal) => api.get<Schemas["LogPage"]>(shop.path("log"), { from, limit: LAST_EVENTS }, signal));
  if (page.data) last.current = [...page.data.events].reverse();
  const columns: Column<Schemas["LoggedEventAnswer"]>[] = [
    { key: "time", head: t("event.time"), value: (one) => String(one.event.time ?? ""), cell: (one) => <time>{time(one.event.time)}</time>, isNarrow: true },
    { key: "type", head: t("event.type"), value: (one) => one.event.type, cell: (one) => word("event", one.event.type), isNarrow: true },
    { key: "who", head: t("event.who"), value: whoDid, cell: (one) => <code>{whoDid(one)}</code>, isNarrow: true },
    { key: "what", head: t("event.what"), value: whatWasDone },
  ];
  const empty = <Empty says={t("overview.noEvents")} todo={t("overview.noEventsDo", { shop: shop.id })} />;
  const isThere = page.data !== undefined || last.current.length > 0 || events === 0;
  return (
    <Section title={t("overview.tail")} lead={t("overview.tailLead")} route="GET /v1/{shop}/log" aside={<a href={shop.to("live")}>{t("nav.live")}</a>}>
      {isThere ? <Table label={t("overview.tail")} columns={columns} rows={last.current} keyOf={(one) => String(one.position)} file={`${shop.id}-log`} empty={empty} /> : <Answer of={page}>{() => null}</Answer>}
    </Section>
  );
}
