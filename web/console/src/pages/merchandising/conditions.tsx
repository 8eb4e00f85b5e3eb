import type { JSX } from "preact";
import { t, word } from "../../i18n";
import type { Matching, QueryCondition, When } from "../../lib/curation";
import { CheckField, SelectField, TextField } from "../../parts/fields";
import type { Editing } from "./editing";

const MATCHINGS: readonly Matching[] = ["is", "starts-with", "ends-with", "contains"];
const SURFACES = ["search", "home", "product", "cart", "after-purchase"] as const;

/** Which searches, on which surfaces, of whom. */
export function Conditions({ editing, wrong }: { editing: Editing; wrong: (field: string) => string | undefined }): JSX.Element {
  const { when } = editing.now;
  const { queries, surfaces, segments } = when;
  const put = (to: Partial<When>, kind?: string) => editing.change((now) => ({ ...now, when: { ...now.when, ...to } }), kind);
  const set = (at: number, to: Partial<QueryCondition>, kind?: string) => put({ queries: queries.map((one, index) => (index === at ? { ...one, ...to } : one)) }, kind);
  const known = [...new Set([...SURFACES, ...surfaces])];
  const check = (one: string) => (isOn: boolean) => put({ surfaces: known.filter((name) => (name === one ? isOn : surfaces.includes(name))) });
  return (
    <>
      <p class="note">{t(queries.length ? "merch.anyOf" : "merch.everyQuery")}</p>
      {queries.map(({ match, text }, at) => (
        <div class="condition" key={at}>
          <SelectField label={t("merch.match")} value={match} onValue={(value) => set(at, { match: value as Matching })} options={MATCHINGS.map((one) => [one, word("match", one)] as const)} />
          <TextField label={t("merch.words")} placeholder={match === "is" ? t("merch.wordsBrowse") : ""} value={text} onValue={(value) => set(at, { text: value }, `query ${at}`)} error={wrong(`when.queries[${at}].text`)} />
          <button type="button" class="link" aria-label={t("merch.removeQuery", { text })} onClick={() => put({ queries: queries.filter((_, index) => index !== at) })}>×</button>
        </div>
      ))}
      <button type="button" onClick={() => put({ queries: [...queries, { match: queries.length ? "contains" : "is", text: "" }] })}>{t("merch.addQuery")}</button>
      <fieldset>
        <legend>{t("merch.surfaces")}</legend>
        {known.map((one) => <CheckField key={one} label={word("surface", one)} isOn={surfaces.includes(one)} onValue={check(one)} />)}
      </fieldset>
      <TextField label={t("merch.segments")} hint={t("merch.segmentsHint")} value={segments.join(", ")} onValue={(value) => put({ segments: listed(value) }, "segments")} />
    </>
  );
}

/** Names separated by commas, as they are while somebody types them. */
function listed(text: string): string[] {
  return text.trim() ? text.split(/[,，]\s*/) : [];
}
