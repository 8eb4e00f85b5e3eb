import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type ApiError, type Schemas } from "../../api/client";
import { useAsked } from "../../api/use";
import { number, t } from "../../i18n";
import { isPin, namedBy, pinAt, pins, treat, treated, type Rule, type Treatment } from "../../lib/curation";
import { titleOf } from "../../lib/item";
import { SelectField, TextField } from "../../parts/fields";
import { ItemSearch } from "../../parts/pick";
import { Said } from "../../parts/said";
import { useShop } from "../../parts/shop";
import type { Editing } from "./editing";
import { TREATMENTS } from "./more";

/** What the curation does to results, a line each, each taken away by its button; and more of it by name. */
export function Rules({ editing, error }: { editing: Editing; error: ApiError | undefined }): JSX.Element {
  const { rules } = editing.now;
  const put = (to: Rule[], kind?: string) => editing.change((now) => ({ ...now, rules: to }), kind);
  const next = Math.max(0, ...pins(rules).values()) + 1;
  return (
    <>
      {rules.length ? (
        <ol class="rules plain">{rules.map((rule, at) => <Line key={JSON.stringify(isPin(rule) ? rule : treated(rule)?.filter)} rule={rule} wrong={error?.field.startsWith(`rules[${at}]`) ? error.message : undefined} onRule={(to) => put(rules.map((one, index) => (index === at ? to : one)), `rule ${at}`)} onRemove={() => put(rules.filter((_, index) => index !== at))} />)}</ol>
      ) : <p class="note">{t("merch.nothingDone")}</p>}
      <ItemSearch label={t("merch.pinOther")} onPick={({ id }) => put(pinAt(rules, id, next))} />
      <ByFilter onTreat={(how, filter) => put(treat(rules, how, filter))} />
    </>
  );
}

function Line({ rule, wrong, onRule, onRemove }: { rule: Rule; wrong: string | undefined; onRule: (to: Rule) => void; onRemove: () => void }): JSX.Element {
  const how = treated(rule);
  const item = isPin(rule) ? rule.pin.item : namedBy(how!.filter, "id");
  const title = useTitle(item);
  const what = item !== null ? title : (namedBy(how!.filter, "brand") ?? namedBy(how!.filter, "category") ?? how!.filter);
  const does = isPin(rule) ? t("merch.rule.pin", { place: rule.pin.position }) : how!.how === "boost" ? t("merch.rule.boost", { factor: number(how!.factor, 0, 2) }) : t(how!.how === "bury" ? "merch.rule.bury" : "merch.rule.hide");
  return (
    <li>
      <span class="what"><span class="title">{what}</span><small>{does}</small>{wrong && <span class="error" role="alert"><Said text={wrong} /></span>}</span>
      {"boost" in rule && (
        <input type="number" class="factor" min="0.1" step="0.1" aria-label={t("merch.factor", { what })} value={rule.boost.factor}
          onInput={(event) => event.currentTarget.valueAsNumber > 0 && onRule({ boost: { ...rule.boost, factor: event.currentTarget.valueAsNumber } })} />
      )}
      <button type="button" class="link" aria-label={`${t("do.remove")}: ${what}, ${does}`} onClick={onRemove}>×</button>
    </li>
  );
}

/** An item's title; its id until it is known, or where it is gone. */
function useTitle(id: string | null): string {
  const shop = useShop();
  const item = useAsked(id === null ? null : `${shop.id} item ${id}`, (signal) => api.get<Schemas["Item"]>(shop.path("items", id!), {}, signal));
  return item.data ? titleOf(item.data) : (id ?? "");
}

function ByFilter({ onTreat }: { onTreat: (how: Treatment, filter: string) => void }): JSX.Element {
  const [filter, setFilter] = useState("");
  const [how, setHow] = useState<Treatment>("boost");
  const add = (event: Event) => {
    event.preventDefault();
    onTreat(how, filter.trim());
    setFilter("");
  };
  return (
    <details>
      <summary>{t("merch.byFilter")}</summary>
      <form class="by-filter" onSubmit={add}>
        <TextField label={t("recommend.filter")} hint={t("merch.byFilterHint")} value={filter} onValue={setFilter} isCode />
        <SelectField label={t("merch.how")} value={how} onValue={(value) => setHow(value as Treatment)} options={TREATMENTS.map(([one, label]) => [one, t(label)] as const)} />
        <button disabled={!filter.trim()}>{t("do.add")}</button>
      </form>
    </details>
  );
}
