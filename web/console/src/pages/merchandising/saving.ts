import { useEffect, useRef } from "preact/hooks";
import { api } from "../../api/client";
import { t } from "../../i18n";
import { edited, tidy, type Curation, type CurationAnswer } from "../../lib/curation";
import { notify } from "../../parts/notices";
import { useShop } from "../../parts/shop";
import type { Editing } from "./editing";

/** Saves the draft where it is not saved. What somebody else saved meanwhile is told once before it is written over. */
export function useSave(of: CurationAnswer, editing: Editing, onChange: () => void): () => Promise<void> {
  const shop = useShop();
  const path = shop.path("curations", of.id);
  const seen = useRef(of.changed_ms);
  seen.current = Math.max(seen.current, of.changed_ms);
  const put = async (now: Curation) => {
    const answer = await api.put<CurationAnswer>(path, tidy(now));
    seen.current = answer.changed_ms;
    return edited(answer);
  };
  useSavedOnLeaving(editing.isSaved ? null : editing.now, put);
  return async () => {
    if (editing.isSaved) return;
    const there = await api.get<CurationAnswer>(path);
    if (there.changed_ms > seen.current) {
      seen.current = there.changed_ms;
      throw new Error(t("merch.changedMeanwhile"));
    }
    editing.settle(await put(editing.now), editing.now);
    onChange();
  };
}

/** Who leaves the page keeps the draft: nothing that was arranged is lost by a click beside it. */
function useSavedOnLeaving(unsaved: Curation | null, put: (now: Curation) => Promise<unknown>): void {
  const latest = useRef(unsaved);
  latest.current = unsaved;
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => latest.current && event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => {
      removeEventListener("beforeunload", warn);
      if (latest.current) put(latest.current).then(() => notify(t("merch.saved")), () => undefined);
    };
  }, []);
}
