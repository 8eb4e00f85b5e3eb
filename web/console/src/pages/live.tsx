import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, type ApiError, type Schemas } from "../api/client";
import { toApiError } from "../api/use";
import { number, t, time, word } from "../i18n";
import { titleOf } from "../lib/item";
import { EventReader, Rates } from "../lib/stream";
import { Lines } from "../parts/plots";
import { useShop } from "../parts/shop";
import { Empty, Failure, Head, Section, Tag } from "../parts/state";
import { Table, type Column } from "../parts/table";

type Logged = Schemas["LoggedEventAnswer"];
/** Events that are kept; older ones are in the log. */
const KEPT = 500;
const REDRAW_MS = 500;
/** Waits before the connection is tried again: doubled each time, up to the last. */
const AGAIN_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/** Told where events come faster than they can be shown. */
interface PassedOver {
  passed_over: number;
}

interface Stream {
  events: Logged[];
  passedOver: number;
  rates: Rates;
  kinds: Set<string>;
  isConnected: boolean;
  error: ApiError | null;
}

/** Events as they come: the stream is read apart from the page, which is drawn anew at most twice a second. */
function useStream(isPaused: boolean): Stream {
  const shop = useShop();
  const stream = useRef<Stream>({ events: [], passedOver: 0, rates: new Rates(), kinds: new Set(), isConnected: false, error: null });
  const paused = useRef(isPaused);
  paused.current = isPaused;
  const [, redraw] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    void follow(shop.path("events", "live"), stream.current, () => paused.current, abort.signal);
    const timer = setInterval(() => document.visibilityState === "visible" && redraw((count) => count + 1), REDRAW_MS);
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, [shop.id]);
  return stream.current;
}

async function follow(path: string, into: Stream, isPaused: () => boolean, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      const reader = new EventReader();
      const pieces = await api.stream(path, signal);
      failures = 0;
      Object.assign(into, { isConnected: true, error: null });
      for await (const piece of pieces) {
        for (const data of reader.read(piece)) take(JSON.parse(data) as Logged | PassedOver, into, isPaused());
      }
    } catch (error) {
      if (!signal.aborted) into.error = toApiError(error);
    }
    into.isConnected = false;
    await rest(AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)]!, signal);
  }
}

/** What comes while the list is paused still counts, but is not listed. */
function take(one: Logged | PassedOver, into: Stream, isPaused: boolean): void {
  if ("passed_over" in one) {
    into.passedOver += one.passed_over;
    return;
  }
  into.rates.add(one.event.type, Date.now());
  into.kinds.add(one.event.type);
  if (!isPaused) into.events = [one, ...into.events].slice(0, KEPT);
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((then) => {
    const timer = setTimeout(then, ms);
    signal.addEventListener("abort", () => { clearTimeout(timer); then(); }, { once: true });
  });
}

/** Events of the shop as they come in. */
export function Live(): JSX.Element {
  const shop = useShop();
  const [isPaused, setPaused] = useState(false);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const stream = useStream(isPaused);
  const shown = stream.events.filter((one) => !hidden.has(one.event.type));
  const toggle = (kind: string) => setHidden(new Set(hidden.has(kind) ? [...hidden].filter((one) => one !== kind) : [...hidden, kind]));
  const columns: Column<Logged>[] = [
    { key: "position", head: t("event.position"), value: (one) => one.position, isNumber: true, isNarrow: true },
    { key: "time", head: t("event.time"), value: (one) => String(one.event.time ?? ""), cell: (one) => <time>{time(one.event.time, false)}</time>, isNarrow: true },
    { key: "type", head: t("event.type"), value: (one) => one.event.type, cell: (one) => <Tag tone={toneOf(one.event.type)}>{word("event", one.event.type)}</Tag>, isNarrow: true },
    { key: "who", head: t("event.who"), value: whoDid, cell: (one) => <code>{whoDid(one)}</code>, isNarrow: true },
    { key: "what", head: t("event.what"), value: whatWasDone },
  ];
  return (
    <>
      <Head title={t("nav.live")} lead={t("live.lead")} />
      {stream.error && <Failure error={stream.error} />}
      <Section title={t("live.rate")} route="GET /v1/{shop}/events/live" aside={<span role="status">{t(stream.isConnected ? "live.connected" : "live.connecting")}</span>}>
        <Rate stream={stream} />
      </Section>
      <Section title={t("live.events")} lead={t("live.kept", { count: KEPT })} route="GET /v1/{shop}/events/live"
        aside={<button type="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>{t(isPaused ? "live.goOn" : "live.pause")}</button>}>
        {stream.passedOver > 0 && <p class="note warn">{t("live.passedOver", { count: stream.passedOver })}</p>}
        {stream.kinds.size > 1 && <Kinds stream={stream} hidden={hidden} onToggle={toggle} />}
        <Table label={t("live.events")} columns={columns} rows={shown} keyOf={(one) => String(one.position)} file={`${shop.id}-events`} page={100}
          empty={<Empty says={t("live.none")} todo={t("live.noneDo")} />} />
      </Section>
    </>
  );
}

function Rate({ stream }: { stream: Stream }): JSX.Element {
  const now = Date.now();
  const values = stream.rates.series(now);
  const second = Math.floor(now / 1000);
  return (
    <>
      <p class="standing">{t("live.perSecond", { rate: number(stream.rates.perSecond(now), 1) })}</p>
      <Lines label={t("live.rate")} x={values.map((_, at) => second - values.length + 1 + at)} isTime height={110} lines={[{ label: t("live.rate"), values, colour: "a", digits: 0 }]} />
    </>
  );
}

function Kinds({ stream, hidden, onToggle }: { stream: Stream; hidden: ReadonlySet<string>; onToggle: (kind: string) => void }): JSX.Element {
  const now = Date.now();
  return (
    <div class="choice" role="group" aria-label={t("live.kinds")}>
      {[...stream.kinds].sort().map((kind) => (
        <button key={kind} type="button" aria-pressed={!hidden.has(kind)} onClick={() => onToggle(kind)}>{word("event", kind)} <small>{t("live.aSecond", { rate: number(stream.rates.perSecond(now, 10, kind), 1) })}</small></button>
      ))}
    </div>
  );
}

function toneOf(kind: string): "plain" | "good" | "bad" | "warn" | "accent" {
  if (kind === "purchase") return "good";
  if (kind === "add-to-cart" || kind === "click") return "accent";
  return kind === "refund" || kind === "hide" || kind === "dislike" ? "warn" : "plain";
}

export function whoDid({ event }: Logged): string {
  return event.user ?? event.anonymous ?? event.session ?? "";
}

export function whatWasDone({ event }: Logged): string {
  const item: unknown = event.item;
  const named = typeof item === "string" ? item : item ? titleOf(item) : "";
  return [event.query && `“${event.query}”`, named].filter(Boolean).join(" · ");
}
