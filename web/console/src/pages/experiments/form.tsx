import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type ApiError } from "../../api/client";
import { useDoing } from "../../api/use";
import { percent, t } from "../../i18n";
import { syntaxError } from "../../lib/locate";
import { go } from "../../lib/place";
import { Confirm } from "../../parts/confirm";
import { AreaField, Choice, TextField } from "../../parts/fields";
import { JsonEditor, pretty } from "../../parts/json";
import { notify } from "../../parts/notices";
import { useShop } from "../../parts/shop";
import { Failure, Head, Section } from "../../parts/state";
import { BLANK, BrokenArm, document, formField, type Draft, type Experiment } from "./document";

/** A new experiment, from a form or as JSON. The server checks it; what it refuses is shown at the field. */
export function NewExperiment(): JSX.Element {
  const shop = useShop();
  const [draft, setDraft] = useState<Draft>(BLANK);
  const [json, setJson] = useState<string | null>(null);
  const [asking, setAsking] = useState<Record<string, unknown> | null>(null);
  const [broken, setBroken] = useState<BrokenArm | null>(null);
  const doing = useDoing();
  const review = (event: Event) => {
    event.preventDefault();
    setBroken(null);
    try {
      setAsking(json === null ? document(draft) : (JSON.parse(json) as Record<string, unknown>));
    } catch (error) {
      if (error instanceof BrokenArm) setBroken(error);
    }
  };
  // What is refused closes the question: it is mended in the form.
  const begin = async (body: Record<string, unknown>) => {
    const isBegun = await doing.run(async () => {
      const made = await api.post<Experiment>(shop.path("experiments"), body);
      notify(t("experiments.begun", { id: made.id }));
      go(shop.to("experiments", ["one", made.id]));
    });
    if (!isBegun) setAsking(null);
  };
  const toJson = () => {
    try {
      setJson(pretty(document(draft)));
    } catch (error) {
      if (error instanceof BrokenArm) setBroken(error);
    }
  };
  const share = (body: Record<string, unknown>) => (typeof body["slice"] === "number" ? body["slice"] : 1) * (typeof body["ramp"] === "number" ? body["ramp"] : 1);
  return (
    <>
      <p class="trail"><a href={shop.to("experiments")}>{t("experiments.back")}</a></p>
      <Head title={t("experiments.new")} lead={t("experiments.lead")} />
      <Section title={t("experiments.new")} route="POST /v1/{shop}/experiments">
        <Choice label={t("experiments.form")} value={json === null ? "form" : "json"} onValue={(view) => (view === "json" ? toJson() : setJson(null))} options={[["form", t("experiments.form")], ["json", t("experiments.json")]]} />
        <form onSubmit={review}>
          {json === null ? <Fields draft={draft} onDraft={(to) => { setDraft(to); doing.clear(); setBroken(null); }} error={doing.error} broken={broken} />
            : <JsonEditor label={t("experiments.json")} text={json} onText={(text) => { setJson(text); doing.clear(); }} refused={doing.error} />}
          <button class="main" disabled={doing.isBusy || (json !== null && syntaxError(json) !== null)}>{t("experiments.begin")}</button>
        </form>
      </Section>
      {asking && <Confirm asks={t("experiments.beginAsk", { id: String(asking["id"] ?? ""), share: percent(share(asking), 0) })} does={t("experiments.begin")} work={() => begin(asking)} onDone={() => setAsking(null)} />}
    </>
  );
}

function Fields({ draft, onDraft, error, broken }: { draft: Draft; onDraft: (draft: Draft) => void; error?: ApiError | undefined; broken: BrokenArm | null }): JSX.Element {
  const at = error?.field ? formField(error.field) : "";
  const wrong = (field: string) => {
    if (broken && field === `arms.${broken.arm}.changes`) return broken.message;
    return error && (at === field || (field === "arms.0.name" && /^arms(\.\d+)?$/.test(at))) ? error.message : undefined;
  };
  const known = ["id", "description", "slice", "ramp", "planned", "metrics"];
  const isPlaced = known.includes(at) || /^arms(\.\d+(\.(name|changes))?)?$/.test(at);
  const set = (field: keyof Omit<Draft, "arms">) => (value: string) => onDraft({ ...draft, [field]: value });
  const setArm = (index: number, field: "name" | "changes") => (value: string) =>
    onDraft({ ...draft, arms: draft.arms.map((arm, place) => (place === index ? { ...arm, [field]: value } : arm)) });
  return (
    <div class="fields">
      <TextField label={t("experiments.name")} hint={t("experiments.nameHint")} value={draft.id} onValue={set("id")} error={wrong("id")} isCode />
      <TextField label={t("experiments.description")} value={draft.description} onValue={set("description")} error={wrong("description")} />
      <TextField label={t("experiments.slice")} value={draft.slice} onValue={set("slice")} error={wrong("slice")} />
      <TextField label={t("experiments.rampField")} value={draft.ramp} onValue={set("ramp")} error={wrong("ramp")} />
      <TextField label={t("experiments.planned")} value={draft.planned} onValue={set("planned")} error={wrong("planned")} />
      <TextField label={t("experiments.metrics")} value={draft.metrics} onValue={set("metrics")} error={wrong("metrics")} isCode isWide />
      {draft.arms.map((arm, index) => (
        <fieldset key={index} class="wide arm">
          <legend>{index ? t("experiments.arm", { number: index + 1 }) : t("experiments.control")}</legend>
          <TextField label={t("experiments.armName")} value={arm.name} onValue={setArm(index, "name")} error={wrong(`arms.${index}.name`)} />
          <AreaField label={t("experiments.changes")} value={arm.changes} onValue={setArm(index, "changes")} error={wrong(`arms.${index}.changes`)} rows={2} />
          {draft.arms.length > 2 && index > 0 && <button type="button" class="link" onClick={() => onDraft({ ...draft, arms: draft.arms.filter((_, place) => place !== index) })}>{t("do.remove")}</button>}
        </fieldset>
      ))}
      <p class="wide"><button type="button" onClick={() => onDraft({ ...draft, arms: [...draft.arms, { name: "", changes: "" }] })}>{t("experiments.addArm")}</button></p>
      {error && !isPlaced && <div class="wide"><Failure error={error} /></div>}
    </div>
  );
}
