import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Schemas } from "../api/client";
import { useAsked } from "../api/use";
import { t } from "../i18n";
import { Changes, changesOf } from "../parts/changes";
import { DocumentEditor } from "../parts/document";
import { notify } from "../parts/notices";
import { useShop } from "../parts/shop";
import { Answer, Empty, Head, Section } from "../parts/state";

type Document = Schemas["Settings"];

/** The settings in force, edited as JSON; what changes is shown before it is put in force, and can be put back. */
export function Settings(): JSX.Element {
  const shop = useShop();
  const settings = useAsked(`${shop.id} settings`, (signal) => api.get<Document>(shop.path("settings"), {}, signal));
  const [puts, setPuts] = useState(0);
  const path = shop.path("settings");
  const put = async (before: Document, to: Document) => {
    await api.put<Document>(path, to);
    const back = () => api.put<Document>(path, before).then(renew);
    notify(t("settings.saved"), back);
    renew();
  };
  const check = async (to: Document, signal: AbortSignal) => {
    const { problems, needs_rebuild: isRebuilt } = await api.post<Schemas["ValidatedAnswer"]>(`${path}:validate`, to, signal);
    return { problems, note: isRebuilt ? t("settings.needsRebuild") : undefined };
  };
  const renew = () => {
    settings.reload();
    setPuts((count) => count + 1);
  };
  return (
    <>
      <Head title={t("nav.settings")} lead={t("settings.lead")} />
      {puts > 0 && <Rebuilding key={puts} />}
      <Section title={t("settings.edit")} route="PUT /v1/{shop}/settings">
        <Answer of={settings} lines={12}>{(known) => <DocumentEditor key={JSON.stringify(known)} label={t("settings.edit")} now={known} put={(to) => put(known, to)} check={check} />}</Answer>
      </Section>
      <Past key={`past ${puts}`} onUndone={renew} />
    </>
  );
}

/** Who changed the settings, and how. */
function Past({ onUndone }: { onUndone: () => void }): JSX.Element {
  const shop = useShop();
  const changes = useAsked(`${shop.id} settings history`, (signal) => changesOf(shop, signal));
  return (
    <Section title={t("settings.history")} route="GET /v1/{shop}/audit">
      <Answer of={changes}>{(known) => (
        <Changes label={t("settings.history")} changes={known.filter((one) => one.kind === "settings")} file={`${shop.id}-settings-history`} onUndone={onUndone} empty={<Empty says={t("history.none")} />} isOfOne />
      )}</Answer>
    </Section>
  );
}

/** How far the index is that the change asked for. */
function Rebuilding(): JSX.Element | null {
  const shop = useShop();
  const stats = useAsked(`${shop.id} rebuild`, (signal) => api.get<Schemas["StatsAnswer"]>(shop.path("stats"), {}, signal), 1_000);
  const rebuild = stats.data?.rebuild;
  if (!rebuild) return null;
  return <p class="note" role="status"><progress value={rebuild.done} max={Math.max(1, rebuild.total)} aria-label={t("settings.rebuilding", rebuild)} /> {t("settings.rebuilding", rebuild)}</p>;
}
