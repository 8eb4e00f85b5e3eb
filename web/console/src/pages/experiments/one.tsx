import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { useAsked, useDoing } from "../../api/use";
import { percent, t, time } from "../../i18n";
import { go } from "../../lib/place";
import { Confirm } from "../../parts/confirm";
import { TextField } from "../../parts/fields";
import { pretty } from "../../parts/json";
import { notify } from "../../parts/notices";
import { useShop } from "../../parts/shop";
import { Answer, Failure, Head, Section, Tag } from "../../parts/state";
import type { Experiment } from "./document";
import { Report, type ReportAnswer } from "./report";

type Asking = { does: "stop" | "forget" } | { does: "remove"; arm: string };

/** One experiment: how it stands, what can be done with it, and its report. */
export function One({ id }: { id: string }): JSX.Element {
  const shop = useShop();
  const path = shop.path("experiments", id);
  const one = useAsked(`${shop.id} ${id}`, (signal) => api.get<Experiment>(path, {}, signal));
  const report = useAsked(`${shop.id} ${id} report`, (signal) => api.get<ReportAnswer>(`${path}/report`, {}, signal));
  const [asking, setAsking] = useState<Asking | null>(null);
  const reload = () => {
    setAsking(null);
    one.reload();
    report.reload();
  };
  return (
    <>
      <p class="trail"><a href={shop.to("experiments")}>{t("experiments.back")}</a></p>
      <Answer of={one}>{(known) => <Known of={known} path={path} onAsk={setAsking} onChange={reload} />}</Answer>
      <Section title={t("experiments.report")} route="GET /v1/{shop}/experiments/{experiment}/report" aside={<button type="button" onClick={report.reload}>{t("experiments.again")}</button>}>
        <Answer of={report}>{(known) => <Report of={known} />}</Answer>
      </Section>
      {one.data && asking && <Ask asking={asking} id={id} path={path} onDone={() => setAsking(null)} onChange={reload} />}
    </>
  );
}

function Known({ of, path, onAsk, onChange }: { of: Experiment; path: string; onAsk: (asking: Asking) => void; onChange: () => void }): JSX.Element {
  const isRunning = !of.ended;
  return (
    <>
      <Head title={of.id} lead={of.description ?? ""}>
        <p class="actions left">
          <Tag tone={isRunning ? "good" : "plain"}>{t(isRunning ? "experiments.running" : "experiments.ended")}</Tag>
          <span class="note">{time(of.started)}{of.ended && ` – ${time(of.ended)}`}</span>
          {isRunning ? <button type="button" onClick={() => onAsk({ does: "stop" })}>{t("experiments.stop")}…</button> : <button type="button" onClick={() => onAsk({ does: "forget" })}>{t("experiments.forget")}…</button>}
        </p>
      </Head>
      {isRunning && (of.ramp ?? 1) < 1 && <Widen of={of} path={path} onChange={onChange} />}
      <ul class="arms">
        {of.arms.map((arm, at) => (
          <li key={arm.name}>
            <h3>{arm.name} {at === 0 && <Tag>{t("experiments.control")}</Tag>} {arm.removed && <Tag tone="warn">{t("experiments.removed")}</Tag>}</h3>
            {arm.changes && Object.keys(arm.changes as object).length ? <pre tabIndex={0}>{pretty(arm.changes)}</pre> : null}
            {isRunning && at > 0 && of.arms.length > 2 && !arm.removed && <button type="button" onClick={() => onAsk({ does: "remove", arm: arm.name })}>{t("experiments.removeArm", { arm: arm.name })}…</button>}
          </li>
        ))}
      </ul>
      {(of.reasons ?? []).length > 0 && <p class="note">{t("experiments.reasons")}: {(of.reasons ?? []).join("; ")}</p>}
    </>
  );
}

function Widen({ of, path, onChange }: { of: Experiment; path: string; onChange: () => void }): JSX.Element {
  const [ramp, setRamp] = useState(String(of.ramp ?? 1));
  const doing = useDoing();
  const widen = (event: Event) => {
    event.preventDefault();
    void doing.run(async () => {
      await api.patch(path, { ramp: Number(ramp) });
      notify(t("experiments.widened", { id: of.id, share: percent(Number(ramp), 0) }));
      onChange();
    });
  };
  const wrong = doing.error?.field === "ramp" ? doing.error.message : undefined;
  return (
    <form class="row" onSubmit={widen}>
      <TextField label={t("experiments.widen")} value={ramp} onValue={setRamp} error={wrong} />
      <button disabled={doing.isBusy}>{t("experiments.widen")}</button>
      {doing.error && !wrong && <Failure error={doing.error} />}
    </form>
  );
}

function Ask({ asking, id, path, onDone, onChange }: { asking: Asking; id: string; path: string; onDone: () => void; onChange: () => void }): JSX.Element {
  const shop = useShop();
  const [reason, setReason] = useState("");
  const said = reason.trim() ? { reason: reason.trim() } : {};
  const why = <TextField label={t("experiments.reason")} value={reason} onValue={setReason} isWide />;
  if (asking.does === "stop") {
    const stop = async () => {
      await api.post(`${path}/stop`, said);
      notify(t("experiments.stopped", { id }));
      onChange();
    };
    return <Confirm asks={t("experiments.stopAsk", { id })} does={t("experiments.stop")} isGrave work={stop} onDone={onDone}>{why}</Confirm>;
  }
  if (asking.does === "remove") {
    const remove = () => api.patch(path, { remove_arm: asking.arm, ...said }).then(onChange);
    return <Confirm asks={t("experiments.removeArmAsk", { arm: asking.arm })} does={t("experiments.removeArm", { arm: asking.arm })} isGrave work={remove} onDone={onDone}>{why}</Confirm>;
  }
  const forget = () => api.delete(path).then(() => go(shop.to("experiments")));
  return <Confirm asks={t("experiments.forgetAsk", { id })} does={t("experiments.forget")} isGrave work={forget} onDone={onDone} />;
}
