import type { JSX } from "preact";
import { useAsked } from "../../api/use";
import { duration, number, t, word } from "../../i18n";
import type { Important, TrainingReport, Tried } from "../../lib/report";
import { Bars, Lines, reach } from "../../parts/plots";
import { useShop } from "../../parts/shop";
import { Answer, Tag } from "../../parts/state";
import { Table, type Column } from "../../parts/table";
import type { Registry } from "./registry";
import { bandOf, Difference } from "./versions";

/** Features that are drawn; the table beside them has all. */
const DRAWN = 15;

/** All that a training says of the version it made. */
export function Report({ registry, kind, version }: { registry: Registry; kind: string; version: number }): JSX.Element {
  const shop = useShop();
  const report = useAsked(`${shop.id} ${registry.name} ${kind} ${version}`, (signal) => registry.whole(kind, version, signal));
  return (
    <section class="report" aria-label={t("models.report", { version })}>
      <h3>{t("models.report", { version })}</h3>
      <Answer of={report}>{(known) => <Parts of={known} file={`${shop.id}-${kind}-${version}`} />}</Answer>
    </section>
  );
}

function Parts({ of, file }: { of: TrainingReport; file: string }): JSX.Element {
  return (
    <>
      {of.remarks.length > 0 && <ul class="plain">{of.remarks.map((remark) => <li key={remark}>{remark}</li>)}</ul>}
      {of.interactions !== null && of.users !== null && <p class="note">{t("models.dataSays", { interactions: of.interactions, users: of.users })}</p>}
      {of.parameters.length > 0 && <p class="note">{t("models.parameters")}: {of.parameters.map(([name, value]) => `${name} ${number(value, 0, 6)}`).join(" · ")}</p>}
      <div class="columns">
        {of.importance.length > 0 && <ImportancePlot of={of.importance} file={file} />}
        <div>
          {of.segments.length > 0 && <Segments of={of} />}
          {of.tried.length > 0 && <TriedTable of={of.tried} measure={of.measure} file={file} />}
          {of.curve.length > 0 && <Curve of={of.curve} />}
        </div>
      </div>
    </>
  );
}

function direction({ direction }: Important): string {
  return t(direction > 0.3 ? "models.lifts" : direction < -0.3 ? "models.lowers" : "models.depends");
}

function ImportancePlot({ of, file }: { of: Important[]; file: string }): JSX.Element {
  const columns: Column<Important>[] = [
    { key: "feature", head: t("models.feature"), value: (one) => one.feature },
    { key: "about", head: t("models.about"), value: (one) => one.about },
    { key: "spread", head: t("models.spread"), value: (one) => one.spread, cell: (one) => number(one.spread, 4), isNumber: true },
    { key: "direction", head: t("models.direction"), value: direction },
  ];
  return (
    <div>
      <h4>{t("models.importance")}</h4>
      <p class="note">{t("models.importanceLead")}</p>
      <Bars label={t("models.importance")} rows={of.slice(0, DRAWN).map((one) => ({ name: one.feature, value: one.spread, note: direction(one) }))} />
      <details>
        <summary>{t("do.more")}</summary>
        <Table label={t("models.importance")} columns={columns} rows={of} keyOf={(one) => one.feature} file={`${file}-importance`} empty={null} />
      </details>
    </div>
  );
}

function Segments({ of }: { of: TrainingReport }): JSX.Element {
  const scale = reach(of.segments.map((one) => bandOf(one.comparison)));
  return (
    <table class="small">
      <caption>{t("models.segments")}</caption>
      <thead><tr><th scope="col">{t("models.segment")}</th><th scope="col" class="number">{t("models.cases")}</th><th scope="col">{t("models.difference")}</th></tr></thead>
      <tbody>{of.segments.map((one) => <tr key={one.name}><td>{one.name}</td><td class="number">{number(one.cases)}</td><td><Difference of={one.comparison} scale={scale} /></td></tr>)}</tbody>
    </table>
  );
}

function TriedTable({ of, measure, file }: { of: Tried[]; measure: string; file: string }): JSX.Element {
  const columns: Column<Tried>[] = [
    { key: "name", head: t("models.method"), value: (one) => one.name },
    ...(of.some((one) => one.role) ? [{ key: "role", head: t("models.role"), value: (one: Tried) => word("role", one.role), isNarrow: true }] : []),
    { key: "value", head: measure, value: (one) => one.value, cell: (one) => (one.error ? <Tag tone="bad" title={one.error}>{t("models.error")}</Tag> : number(one.value, 4)), isNumber: true },
    ...(of.some((one) => one.seconds !== null) ? [{ key: "seconds", head: t("models.seconds"), value: (one: Tried) => one.seconds, cell: (one: Tried) => duration(one.seconds), isNumber: true }] : []),
  ];
  return (
    <div>
      <h4>{t("models.tried")}</h4>
      <Table label={t("models.tried")} columns={columns} rows={of} keyOf={(one) => `${one.name} ${one.role}`} file={`${file}-tried`} empty={null} />
    </div>
  );
}

function Curve({ of }: { of: number[] }): JSX.Element {
  return (
    <div>
      <h4>{t("models.curve")}</h4>
      <Lines label={t("models.curve")} x={of.map((_, at) => at)} xLabel={t("models.trees")} lines={[{ label: t("models.curvePoint"), values: of, colour: "a", digits: 4 }]} height={200} isClose />
    </div>
  );
}
