import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, type Schemas } from "../../api/client";
import { useAsked, useDoing } from "../../api/use";
import { duration, percent, t, word } from "../../i18n";
import { CheckField, SelectField, TextField } from "../../parts/fields";
import { useShop } from "../../parts/shop";
import { Failure, Section } from "../../parts/state";
import type { Registry } from "./registry";

type State = Schemas["TrainingAnswer"];
const UNDER_WAY = ["running", "cancelling"];

/** Orders a training, follows it and stops it. */
export function Training({ registry, kinds, onDone }: { registry: Registry; kinds: string[]; onDone: () => void }): JSX.Element {
  const shop = useShop();
  const [kind, setKind] = useState(kinds[0] ?? "");
  const [isUnderWay, setUnderWay] = useState(false);
  const path = registry.training(kind);
  const state = useAsked(`${shop.id} ${path}`, async (signal) => {
    const now = await api.get<State>(path, {}, signal);
    setUnderWay(UNDER_WAY.includes(now.state));
    return now;
  }, isUnderWay ? 1_000 : 0);
  // One that ended between two looks was never seen under way.
  const was = useRef<string | null>(null);
  useEffect(() => {
    if (!state.data) return;
    const now = JSON.stringify(state.data);
    if (was.current !== null && was.current !== now && !UNDER_WAY.includes(state.data.state)) onDone();
    was.current = now;
  }, [state.data]);
  return (
    <Section title={t(registry.name === "rankers" ? "models.trainRanker" : "models.trainRecommender")} route={registry.name === "rankers" ? "POST /v1/{shop}/rankers/{kind}/train" : "POST /v1/{shop}/recommenders/train"}>
      {state.data && <Standing of={state.data} registry={registry} path={path} onChange={state.reload} />}
      {state.error && <Failure error={state.error} retry={state.reload} />}
      {!isUnderWay && <Order key={registry.name} registry={registry} kinds={kinds} kind={kind} onKind={setKind} onBegun={state.reload} />}
    </Section>
  );
}

function Standing({ of, registry, path, onChange }: { of: State; registry: Registry; path: string; onChange: () => void }): JSX.Element | null {
  const doing = useDoing();
  const kind = word(registry.words, of.kind);
  const report = (of.report ?? {}) as { version?: number; promoted?: boolean };
  if (UNDER_WAY.includes(of.state)) {
    return (
      <div class="progress" role="status">
        <p>{t("models.running", { kind, step: of.step ?? "" })}</p>
        <progress value={of.done ?? 0} max={1} aria-label={t("models.running", { kind, step: of.step ?? "" })} />
        <p class="note">{t("models.runningFor", { share: percent(of.done, 0), time: duration(of.seconds) })}</p>
        {of.state === "cancelling" ? <p class="note">{t("models.cancelling")}</p> : <button type="button" disabled={doing.isBusy} onClick={() => void doing.run(() => api.delete(path)).then(onChange)}>{t("models.cancel")}</button>}
        {doing.error && <Failure error={doing.error} />}
      </div>
    );
  }
  if (of.state === "finished") return <p role="status">{t("models.finished", { time: duration(of.seconds), version: report.version ?? "", promoted: t(report.promoted ? "models.isPromoted" : "models.isNotPromoted") })}</p>;
  if (of.state === "failed") return <p class="note warn" role="status">{t("models.failedBecause", { why: of.error ?? "" })}</p>;
  return of.state === "cancelled" ? <p class="note" role="status">{t("models.cancelled")}</p> : null;
}

/** What is to be trained. Nothing is put in force by itself unless it is said here. */
function Order({ registry, kinds, kind, onKind, onBegun }: { registry: Registry; kinds: string[]; kind: string; onKind: (kind: string) => void; onBegun: () => void }): JSX.Element {
  const isRanker = registry.name === "rankers";
  const [slates, setSlates] = useState("50000");
  const [isImpersonal, setImpersonal] = useState(false);
  const [methods, setMethods] = useState("all");
  const [holdout, setHoldout] = useState("30");
  const [promote, setPromote] = useState("no");
  const doing = useDoing();
  const begin = (event: Event) => {
    event.preventDefault();
    const models = methods.split(/[,，]/).map((one) => one.trim()).filter(Boolean);
    const body = isRanker ? { slates: Number(slates), impersonal: isImpersonal, promote } : { kind, models, holdout_days: Number(holdout), promote };
    void doing.run(() => api.post(registry.training(kind), body)).then((isBegun) => isBegun && onBegun());
  };
  const wrong = (field: string) => (doing.error?.field === field ? doing.error.message : undefined);
  const isPlaced = ["slates", "model", "models", "holdout_days", "promote", "kind"].includes(doing.error?.field ?? "");
  return (
    <form class="fields" onSubmit={begin}>
      <SelectField label={t("recommend.kind")} value={kind} onValue={onKind} options={kinds.map((one) => [one, word(registry.words, one)] as const)} error={wrong("kind")} />
      {isRanker ? <TextField label={t("models.slates")} type="number" value={slates} onValue={setSlates} error={wrong("slates")} />
        : <TextField label={t("models.methods")} hint={t("models.methodsHint")} value={methods} onValue={setMethods} error={wrong("model") ?? wrong("models")} />}
      {!isRanker && <TextField label={t("models.holdout")} type="number" value={holdout} onValue={setHoldout} error={wrong("holdout_days")} />}
      <SelectField label={t("models.promoteWhen")} value={promote} onValue={setPromote} options={[["no", t("models.promoteNo")], ["if-better", t("models.promoteIfBetter")]]} error={wrong("promote")} />
      {isRanker && <CheckField label={t("models.impersonal")} isOn={isImpersonal} onValue={setImpersonal} />}
      <button class="main" disabled={doing.isBusy}>{t("models.begin")}</button>
      {doing.error && !isPlaced && <Failure error={doing.error} />}
    </form>
  );
}
