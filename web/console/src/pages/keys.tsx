import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Schemas } from "../api/client";
import { useAsked, useDoing } from "../api/use";
import { t, time } from "../i18n";
import { fromField } from "../lib/schedule";
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
    { key: "expires", head: t("keys.expires"), value: (one) => (one.expires_ms ? new Date(one.expires_ms).toISOString() : ""), cell: (one) => <Expires of={one} />, isNarrow: true },
    { key: "limits", head: t("keys.limits"), value: (one) => limits(one).join("; "), cell: (one) => (limits(one).length ? <ul class="plain">{limits(one).map((says) => <li key={says}>{says}</li>)}</ul> : <span class="note">{t("keys.noLimits")}</span>) },
    { key: "used", head: t("keys.used"), value: (one) => one.last_used_ms ?? null, cell: (one) => (one.last_used_ms ? time(one.last_used_ms) : t("keys.neverUsed")), isNarrow: true },
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

/** What a key is bound to, in words. */
function limits({ referers, indices, per_minute: most }: Key): string[] {
  return [
    ...(referers?.length ? [t("keys.fromPages", { pages: referers.join(", ") })] : []),
    ...(indices?.length ? [t("keys.ofIndices", { indices: indices.join(", ") })] : []),
    ...(most ? [t("keys.atMost", { count: most })] : []),
  ];
}

function Expires({ of }: { of: Key }): JSX.Element {
  if (!of.expires_ms) return <>{t("keys.never")}</>;
  return of.expires_ms <= Date.now() ? <Tag tone="bad">{t("keys.expired")}</Tag> : <time>{time(of.expires_ms)}</time>;
}

interface Wanted {
  name: string;
  scope: string;
  expires: string;
  referers: string;
  indices: string;
  perMinute: string;
}

const NOTHING: Wanted = { name: "", scope: "search", expires: "", referers: "", indices: "", perMinute: "" };

/** The request for a key; what is empty binds nothing. */
function asked(of: Wanted): object {
  const most = Number(of.perMinute);
  return {
    name: of.name.trim(), scope: of.scope,
    ...(of.expires ? { expires: fromField(of.expires) } : {}),
    ...(of.referers.trim() ? { referers: listed(of.referers) } : {}),
    ...(of.indices.trim() ? { indices: listed(of.indices) } : {}),
    ...(of.perMinute.trim() ? { per_minute: Number.isNaN(most) ? of.perMinute : most } : {}),
  };
}

function listed(text: string): string[] {
  return text.split(/[\s,，]+/).filter(Boolean);
}

function Make({ onMade }: { onMade: () => void }): JSX.Element {
  const shop = useShop();
  const [wanted, setWanted] = useState(NOTHING);
  const [made, setMade] = useState<Made | null>(null);
  const doing = useDoing();
  const set = (field: keyof Wanted) => (value: string) => setWanted({ ...wanted, [field]: value });
  const make = (event: Event) => {
    event.preventDefault();
    void doing.run(async () => {
      setMade(await api.post<Made>(shop.path("keys"), asked(wanted)));
      setWanted(NOTHING);
      onMade();
    });
  };
  const first = doing.error?.field.split(/[.[]/)[0] ?? "";
  const wrong = (field: string) => (first === field ? doing.error?.message : undefined);
  const isElsewhere = doing.error && !["name", "expires", "referers", "indices", "per_minute"].includes(first);
  return (
    <Section title={t("keys.make")} route="POST /v1/{shop}/keys">
      <form class="fields" onSubmit={make}>
        <TextField label={t("keys.name")} value={wanted.name} onValue={set("name")} error={wrong("name")} />
        <SelectField label={t("keys.scope")} value={wanted.scope} onValue={set("scope")} options={[["search", t("keys.scopeSearch")], ["write", t("keys.scopeWrite")], ["admin", t("keys.scopeAdmin")]]} />
        <TextField label={t("keys.expires")} hint={t("keys.expiresHint")} type="datetime-local" value={wanted.expires} onValue={set("expires")} error={wrong("expires")} />
        <TextField label={t("keys.referers")} hint={t("keys.referersHint")} value={wanted.referers} onValue={set("referers")} error={wrong("referers")} isCode />
        <TextField label={t("keys.indices")} hint={t("keys.indicesHint")} value={wanted.indices} onValue={set("indices")} error={wrong("indices")} isCode />
        <TextField label={t("keys.perMinute")} hint={t("keys.perMinuteHint")} type="number" value={wanted.perMinute} onValue={set("perMinute")} error={wrong("per_minute")} />
        <button class="main" disabled={doing.isBusy || !wanted.name.trim()}>{t("keys.make")}</button>
        {isElsewhere && <Failure error={doing.error!} />}
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
