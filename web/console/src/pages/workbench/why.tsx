import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Schemas } from "../../api/client";
import { useAsked, useDoing } from "../../api/use";
import { number, t } from "../../i18n";
import type { RuledSearch } from "../../lib/curation";
import { titleOf } from "../../lib/item";
import { Drawer } from "../../parts/drawer";
import { WholeExplanation } from "../../parts/explanation";
import { TextField } from "../../parts/fields";
import { useShop } from "../../parts/shop";
import { Answer, Failure, Source } from "../../parts/state";

/** What is explained: an item in the answer to a request. */
export interface Asking {
  item: string;
  search?: Schemas["SearchBody"] | RuledSearch;
  recommend?: Schemas["RecommendBody"];
}

/** Why an item stands where it stands, or why it does not; and what would bring it elsewhere. */
export function Why({ asking, onClose }: { asking: Asking; onClose: () => void }): JSX.Element {
  const shop = useShop();
  const body = { item: asking.item, ...(asking.search ? { search: asking.search } : { recommend: asking.recommend }) };
  const item = useAsked(`${shop.id} item ${asking.item}`, (signal) => api.get<Schemas["Item"]>(shop.path("items", asking.item), {}, signal));
  const told = useAsked(JSON.stringify(body), (signal) => api.post<Schemas["ExplainAnswer"]>(shop.path("explain"), body, signal));
  const title = item.data ? titleOf(item.data) : asking.item;
  return (
    <Drawer title={t("why.title", { title })} onClose={onClose}>
      <p class="facts"><a href={shop.to("catalogue", ["item", asking.item])} onClick={onClose}><code>{asking.item}</code></a><Source route="POST /v1/{shop}/explain" /></p>
      <Answer of={told}>{(answer) => <Told answer={answer} />}</Answer>
      {asking.search && <ToPlace body={body} />}
    </Drawer>
  );
}

function Told({ answer }: { answer: Schemas["ExplainAnswer"] }): JSX.Element {
  return (
    <>
      <p class="standing">{answer.position ? t("why.place", { place: answer.position, total: answer.total }) : t("why.notShown")}</p>
      {answer.reasons.length > 0 && <ul class="plain reasons">{answer.reasons.map((reason) => <li key={reason.code}><code>{reason.code}</code> {reason.message}</li>)}</ul>}
      {answer.explanation && <WholeExplanation explanation={answer.explanation} />}
    </>
  );
}

/** For each feature the nearest value that would be enough alone. */
function ToPlace({ body }: { body: object }): JSX.Element {
  const shop = useShop();
  const [place, setPlace] = useState("1");
  const [told, setTold] = useState<Schemas["WhatIfAnswer"] | null>(null);
  const doing = useDoing();
  const ask = (event: Event) => {
    event.preventDefault();
    void doing.run(async () => {
      const answer = await api.post<Schemas["ExplainAnswer"]>(shop.path("explain"), { ...body, to_place: Number(place) });
      setTold(answer.what_if ?? null);
    });
  };
  return (
    <form class="to-place" onSubmit={ask}>
      <div class="row">
        <TextField label={t("why.toPlace")} type="number" value={place} onValue={setPlace} />
        <button disabled={doing.isBusy}>{t("why.ask")}</button>
      </div>
      {doing.error && <Failure error={doing.error} />}
      {told && <p>{told.message}</p>}
      {told && told.changes.length > 0 && (
        <table class="small">
          <thead><tr><th scope="col">{t("why.change")}</th><th scope="col">{t("why.about")}</th><th scope="col" class="number">{t("why.from")}</th><th scope="col" class="number">{t("why.to")}</th></tr></thead>
          <tbody>{told.changes.map((change) => <tr key={change.feature}><td>{change.feature}</td><td>{change.about}</td><td class="number">{number(change.from, 0, 4)}</td><td class="number">{number(change.to, 0, 4)}</td></tr>)}</tbody>
        </table>
      )}
    </form>
  );
}
