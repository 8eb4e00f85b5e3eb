import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { api } from "../../api/client";
import { useAsked, useDoing } from "../../api/use";
import { t, word } from "../../i18n";
import { edited, type CurationAnswer } from "../../lib/curation";
import { go } from "../../lib/place";
import { isWrongWay } from "../../lib/schedule";
import { TextField } from "../../parts/fields";
import { undoLast } from "../../parts/changes";
import { notify } from "../../parts/notices";
import { useShop } from "../../parts/shop";
import { Empty, Failure, Loading, Tag } from "../../parts/state";
import { Board } from "./board";
import { useEditing, type Editing } from "./editing";
import { History } from "./history";
import { TONES } from "./list";
import { Panel } from "./panel";
import { Question, type Asking } from "./question";
import { useSave } from "./saving";
import { copy } from "./start";

/** One curation: arranged, looked at beside what shoppers see now, published. */
export function Editor({ id, open }: { id: string; open: string }): JSX.Element {
  const shop = useShop();
  const asked = useAsked(`${shop.id} curation ${id}`, (signal) => api.get<CurationAnswer>(shop.path("curations", id), {}, signal));
  const known = useRef<CurationAnswer | null>(null);
  if (asked.data) known.current = asked.data;
  const trail = <p class="trail"><a href={shop.to("merchandising")}>{t("merch.toList")}</a></p>;
  if (asked.error?.status === 404) return <>{trail}<h1 class="unseen">{t("nav.merchandising")}</h1><Empty says={t("merch.unknown")} /></>;
  if (asked.error && !known.current) return <>{trail}<Failure error={asked.error} retry={asked.reload} /></>;
  return <>{trail}{known.current ? <Known of={known.current} open={open} onChange={asked.reload} /> : <><h1 class="unseen">{t("nav.merchandising")}</h1><Loading lines={8} /></>}</>;
}

const DONE = { publish: "merch.published", withdraw: "merch.withdrawn", delete: "merch.deleted" } as const;

function Known({ of, open, onChange }: { of: CurationAnswer; open: string; onChange: () => void }): JSX.Element {
  const shop = useShop();
  const editing = useEditing(edited(of));
  const saveDraft = useSave(of, editing, onChange);
  const [asking, setAsking] = useState<Asking | null>(null);
  const doing = useDoing();
  const { now } = editing;
  const save = () => doing.run(async () => {
    await saveDraft();
    notify(t("merch.saved"));
  });
  const renew = async () => {
    const answer = await api.get<CurationAnswer>(shop.path("curations", of.id));
    editing.restart(edited(answer));
    onChange();
  };
  const act = async (what: Asking) => {
    if (what === "publish") await saveDraft();
    if (what === "delete") {
      await api.delete(shop.path("curations", of.id));
      editing.settle(now, now);
    } else await api.post(shop.path("curations", of.id, what), {});
    const renewed = what === "delete" ? () => go(shop.to("merchandising", [of.id])) : renew;
    notify(t(DONE[what], { name: now.name }), () => undoLast(shop, "curation", of.id).then(renewed));
    if (what === "delete") go(shop.to("merchandising"));
    else onChange();
  };
  const error = doing.error;
  return (
    <div class="curation">
      <header class="head">
        <h1>{now.name || t("nav.merchandising")}</h1>
        <p class="standing"><Tag tone={TONES[of.state] ?? "plain"}>{word("curation", of.state)}</Tag> <span class="note" role="status">{t(!editing.isSaved ? "merch.unsaved" : of.draft ? "merch.savedDraft" : "merch.asPublished")}</span></p>
      </header>
      <Bar of={of} editing={editing} isBusy={doing.isBusy} onSave={() => void save()} onAsk={setAsking} onCopy={() => void doing.run(() => copy(shop, now))} />
      {error && <Failure error={error} />}
      <div class="arranging">
        <Board id={of.id} editing={editing} save={saveDraft} />
        <aside aria-label={now.name}>
          <TextField label={t("merch.name")} value={now.name} onValue={(name) => editing.change((old) => ({ ...old, name }), "name")} error={error?.field === "name" ? error.message : undefined} />
          <Panel editing={editing} error={error} open={open} />
        </aside>
      </div>
      <History id={of.id} changed={of.changed_ms} onUndone={() => void renew()} />
      {asking && <Question asking={asking} of={now} work={() => act(asking)} onDone={() => setAsking(null)} />}
    </div>
  );
}

interface BarProps {
  of: CurationAnswer;
  editing: Editing;
  isBusy: boolean;
  onSave: () => void;
  onAsk: (what: Asking) => void;
  onCopy: () => void;
}

/** What can be done with the whole curation; it stays in sight. */
function Bar({ of, editing, isBusy, onSave, onAsk, onCopy }: BarProps): JSX.Element {
  const { now, isSaved, stepBack } = editing;
  const isFit = now.name.trim() !== "" && !isWrongWay(now.from, now.until);
  const isPublished = isSaved && !of.draft;
  return (
    <div class="bar">
      <button type="button" disabled={!stepBack} onClick={() => stepBack?.()}>{t("merch.stepBack")}</button>
      <button type="button" disabled={isSaved || isBusy || !isFit} onClick={onSave}>{t("merch.save")}</button>
      <button type="button" class="main" disabled={isBusy || !isFit || isPublished} onClick={() => onAsk("publish")}>{t("merch.publishOpen")}</button>
      {of.published && <button type="button" onClick={() => onAsk("withdraw")}>{t("merch.withdraw")}</button>}
      <button type="button" class="link" disabled={isBusy} onClick={onCopy}>{t("merch.copy")}</button>
      <button type="button" class="link" onClick={() => onAsk("delete")}>{t("merch.delete")}</button>
    </div>
  );
}
