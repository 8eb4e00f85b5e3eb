import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { getLanguage, number, t, time } from "../i18n";
import { alone } from "../lib/series";

export interface Line {
  label: string;
  values: (number | null)[];
  /** Name of a colour of the page: `a`, `b`, `good`, `bad`. */
  colour: "a" | "b" | "good" | "bad";
  digits?: number;
  isBars?: boolean;
}

/** Lines (or bars) over time, or over anything that grows. A table with the same figures stands beside it for who cannot see it. */
export function Lines(props: { label: string; x: number[]; lines: Line[]; isTime?: boolean; height?: number; xLabel?: string; /** Names of the points where they are no numbers. */ xNames?: string[]; /** Whether the scale begins where the values do, not at 0. */ isClose?: boolean }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = [props.x, ...props.lines.map((line) => line.values)] as uPlot.AlignedData;
  const shape = `${props.lines.map((line) => line.label).join("|")} ${getLanguage()} ${document.documentElement.dataset["theme"] ?? ""}`;
  useEffect(() => {
    const here = place.current;
    if (!here) return undefined;
    const width = () => Math.max(200, here.clientWidth);
    plot.current = new uPlot(options(props, width(), colours(here)), data, here);
    const watch = new ResizeObserver(() => plot.current?.setSize({ width: width(), height: props.height ?? 160 }));
    watch.observe(here);
    return () => {
      watch.disconnect();
      plot.current?.destroy();
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data), [props.x, props.lines]);
  const last = props.lines.map((line) => `${line.label}: ${number(line.values.at(-1), line.digits ?? 2)}`).join(", ");
  return <div class="plot" ref={place} role="img" aria-label={`${props.label}. ${last}`} />;
}

function colours(here: HTMLElement): (name: string) => string {
  const style = getComputedStyle(here);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

function options(props: Parameters<typeof Lines>[0], width: number, colour: (name: string) => string): uPlot.Options {
  const font = `12px ${colour("sans") || "sans-serif"}`;
  const axis = (more: uPlot.Axis): uPlot.Axis => ({ stroke: colour("soft"), font, grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, ...more });
  const label = props.xLabel ? { label: props.xLabel, labelFont: font, labelSize: 18 } : {};
  return {
    width,
    height: props.height ?? 160,
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    legend: { live: true },
    scales: { x: { time: props.isTime ?? false }, y: props.isClose ? {} : { range: (_, low, high) => [Math.min(0, low) * 1.05, Math.max(0, high) * 1.05 || 1] } },
    axes: [axis({ grid: { show: false }, ...label, ...named(props.xNames), ...(props.isTime ? { values: (_, ticks) => moments(ticks) } : {}) }), axis({ size: 52, values: (_, ticks) => ticks.map((tick) => number(tick, 0, 3)) })],
    series: [
      { label: props.isTime ? t("event.time") : (props.xLabel ?? ""), value: (plot, at) => across(props, at ?? plot.data[0].at(-1)) },
      ...props.lines.map((line) => series(line, colour)),
    ],
  };
}

/** A point of the axis across, in words. */
function across(props: Parameters<typeof Lines>[0], at: number | undefined): string {
  if (at === undefined) return "–";
  return props.isTime ? time(at * 1000) : (props.xNames?.[at] ?? number(at));
}

/** Marks of a time axis in the reader's language: the time of day, or the day where it spans many. */
function moments(ticks: number[]): string[] {
  const spans = (ticks.at(-1) ?? 0) - (ticks[0] ?? 0);
  const shown: Intl.DateTimeFormatOptions = spans > 2 * 86_400 ? { month: "short", day: "numeric" } : { hour: "2-digit", minute: "2-digit", ...(spans < 600 ? { second: "2-digit" } : {}) };
  const format = new Intl.DateTimeFormat(getLanguage() === "zh" ? "zh-CN" : "en-GB", shown);
  return ticks.map((tick) => format.format(tick * 1000));
}

function named(names: string[] | undefined): uPlot.Axis {
  return names ? { values: (_, ticks) => ticks.map((tick) => names[tick] ?? ""), incrs: [1, 2, 5, 10], space: 60 } : {};
}

function series(line: Line, colour: (name: string) => string): uPlot.Series {
  const drawn = line.isBars ? { paths: uPlot.paths.bars!({ size: [0.7, 24] }), fill: colour(line.colour) } : {};
  return {
    label: line.label,
    stroke: colour(line.colour),
    width: line.isBars ? 0 : 1.75,
    // No line leads to a value without neighbours: it is drawn as a point.
    points: { show: false, size: 6, fill: colour(line.colour), filter: (plot, at) => alone(plot.data[at] ?? []) },
    // Where nothing is pointed at, the legend tells the last value.
    value: (plot, value, at, index) => number(index === null || index === undefined ? plot.data[at]?.at(-1) : value, line.digits ?? 2),
    ...drawn,
  };
}

/** Bars beside names: what a model goes by. Drawn as a list, so that it reads as one. */
export function Bars({ label, rows }: { label: string; rows: { name: string; value: number; note?: string; isMarked?: boolean }[] }): JSX.Element {
  const most = Math.max(...rows.map((row) => Math.abs(row.value)), Number.MIN_VALUE);
  return (
    <ul class="bars" aria-label={label}>
      {rows.map((row) => (
        <li key={row.name}>
          <span class="name">{row.name}</span>
          <span class="track" aria-hidden="true"><span class={row.value < 0 || row.isMarked ? "bar less" : "bar"} style={{ width: `${(100 * Math.abs(row.value)) / most}%` }} /></span>
          <span class="figure">{number(row.value, 0, 4)}</span>
          {row.note !== undefined && <span class="note">{row.note}</span>}
        </li>
      ))}
    </ul>
  );
}

export interface Band {
  value: number;
  low: number;
  high: number;
}

/** An interval on a scale that it shares with others, 0 marked: thick is the usual one, thin the one valid at any look. */
export function Interval({ thick, thin, scale, isGood }: { thick: Band; thin?: Band | undefined; scale: number; isGood: boolean }): JSX.Element {
  const x = (value: number) => 50 + (48 * Math.max(-1, Math.min(1, scale > 0 ? value / scale : 0)));
  const side = thick.low > 0 ? (isGood ? "good" : "bad") : thick.high < 0 ? (isGood ? "bad" : "good") : "open";
  const says = `${number(thick.value, 4)} (${number(thick.low, 4)} … ${number(thick.high, 4)})`;
  return (
    <svg class={`interval ${side}`} viewBox="0 0 100 12" preserveAspectRatio="none" role="img" aria-label={says}>
      <line class="zero" x1="50" x2="50" y1="0" y2="12" />
      {thin && <line class="thin" x1={x(thin.low)} x2={x(thin.high)} y1="6" y2="6" />}
      <line class="thick" x1={x(thick.low)} x2={x(thick.high)} y1="6" y2="6" />
      <line class="point" x1={x(thick.value)} x2={x(thick.value)} y1="2" y2="10" />
    </svg>
  );
}

/** The farthest any of these reaches from 0. */
export function reach(bands: readonly (Band | undefined)[]): number {
  return Math.max(...bands.flatMap((band) => (band ? [Math.abs(band.low), Math.abs(band.high)] : [])), 0);
}
