import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Schemas } from "../api/client";
import { useAsked, useDoing } from "../api/use";
import { t, time } from "../i18n";
import { Confirm } from "../parts/confirm";
import { Copy, SelectField, TextField } from "../parts/fields";
import { notify } from "../parts/notices";
import { useShop } from "../parts/shop";
import { Answer, Empty, Failure, Head, Section, Tag } from "../parts/state";
import { Table, type Column } from "../parts/table";

type Key = Schemas["KeyAnswer"];
type Made = Key & { key: string };

/** The keys of the shop: made once, shown once, revoked for good. */
export function Keys(): JSX.Element {
  const shop = useShop();
  const keys = useAsked(`${shop.id} keys`, (signal) => api.get<Schemas["KeyPage"]>(shop.path("keys"), {}, signal));
  const [revoking, setRevoking] = useState<Key | null>(null);
  const columns: Column<Key>[] = [
    { key: "name", head: t("keys.name"), value: (one) => one.name },
    { key: "scope", head: t("keys.scope"), value: (one) => one.scope, cell: (one) => <Tag tone={one.scope === "admin" ? "warn" : "plain"}>{one.scope}</Tag>, isNarrow: true },
    { key: "id", head: t("keys.id"), value: (one) => one.id, cell: (one) => <code>{one.id}</code>, isNarrow: true },
    { key: "created", head: t("keys.created"), value: (one) => one.created_ms, cell: (one) => time(one.created_ms), isNarrow: true },
    { key: "revoke", head: "", value: () => "", isAction: true, isNarrow: true, cell: (one) => <button type="button" onClick={() => setRevoking(one)} aria-label={`${t("keys.revoke")}: ${one.name}`}>{t("keys.revoke")}</button> },
  ];
  const revoke = async (one: Key) => {
    await api.delete(shop.path("keys", one.id));
    notify(t("keys.revoked", { name: one.name }));
    keys.reload();
  };
  return (
    <>
      <Head title={t("nav.keys")} lead={t("keys.lead")} />
      <Section title={t("nav.keys")} route="GET /v1/{shop}/keys">
        <Answer of={keys}>{(known) => (
          <Table label={t("nav.keys")} columns={columns} rows={known.keys} keyOf={(one) => one.id} file={`${shop.id}-keys`} empty={<Empty says={t("keys.none")} todo={t("keys.noneDo")} />} />
        )}</Answer>
      </Section>
      <Make onMade={keys.reload} />
      {revoking && <Confirm asks={t("keys.revokeAsk", { name: revoking.name })} does={t("keys.revoke")} isGrave work={() => revoke(revoking)} onDone={() => setRevoking(null)} />}
    </>
  );
}

function Make({ onMade }: { onMade: () => void }): JSX.Element {
  const shop = useShop();
  const [name, setName] = useState("");
  const [scope, setScope] = useState("search");
  const [made, setMade] = useState<Made | null>(null);
  const doing = useDoing();
  const make = (event: Event) => {
    event.preventDefault();
    void doing.run(async () => {
      setMade(await api.post<Made>(shop.path("keys"), { name: name.trim(), scope }));
      setName("");
      onMade();
    });
  };
  const wrong = doing.error?.field === "name" ? doing.error.message : undefined;
  return (
    <Section title={t("keys.make")} route="POST /v1/{shop}/keys">
      <form class="fields" onSubmit={make}>
        <TextField label={t("keys.name")} value={name} onValue={setName} error={wrong} />
        <SelectField label={t("keys.scope")} value={scope} onValue={setScope} options={[["search", t("keys.scopeSearch")], ["write", t("keys.scopeWrite")], ["admin", t("keys.scopeAdmin")]]} />
        <button class="main" disabled={doing.isBusy || !name.trim()}>{t("keys.make")}</button>
        {doing.error && !wrong && <Failure error={doing.error} />}
      </form>
      {made && (
        <div class="made" role="status">
          <p class="lead">{t("keys.made", { name: made.name })}</p>
          <p><code class="key">{made.key}</code> <Copy text={made.key} /></p>
          <p class="note">{t("keys.once")}</p>
          <button type="button" class="link" onClick={() => setMade(null)}>{t("do.close")}</button>
        </div>
      )}
    </Section>
  );
}
