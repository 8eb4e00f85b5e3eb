import type { JSX } from "preact";
import { useAsked } from "../../api/use";
import { t } from "../../i18n";
import { isAbout } from "../../lib/changes";
import { Changes, changesOf } from "../../parts/changes";
import { useShop } from "../../parts/shop";
import { Answer, Empty, Section } from "../../parts/state";

/** Who did what to this curation; `changed` asks anew. */
export function History({ id, changed, onUndone }: { id: string; changed: number; onUndone: () => void }): JSX.Element {
  const shop = useShop();
  const changes = useAsked(`${shop.id} history ${id} ${changed}`, (signal) => changesOf(shop, signal));
  return (
    <Section title={t("merch.history")} route="GET /v1/{shop}/audit">
      <Answer of={changes}>{(known) => (
        <Changes label={t("merch.history")} changes={known.filter((one) => isAbout(one, "curation", id))} file={`${id}-history`} onUndone={onUndone} empty={<Empty says={t("history.none")} />} isOfOne />
      )}</Answer>
    </Section>
  );
}
