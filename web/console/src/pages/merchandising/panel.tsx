import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { ApiError } from "../../api/client";
import { t } from "../../i18n";
import { fromField, isWrongWay, toField } from "../../lib/schedule";
import { TextField } from "../../parts/fields";
import { Said } from "../../parts/said";
import { BannersFields } from "./banners";
import { Conditions } from "./conditions";
import type { Editing } from "./editing";
import { Rules } from "./rules";

/** Everything of a curation beside the places of its products. */
export function Panel({ editing, error, open }: { editing: Editing; error: ApiError | undefined; open: string }): JSX.Element {
  const { now } = editing;
  const wrong = (field: string) => (error?.field === field ? error.message : undefined);
  const text = (field: "redirect" | "filter") => (value: string) => editing.change((old) => ({ ...old, [field]: value }), field);
  return (
    <>
      <Part title={t("merch.does")}><Rules editing={editing} error={error} /></Part>
      <Part title={t("merch.conditions")}><Conditions editing={editing} wrong={wrong} /></Part>
      <Part title={t("merch.lead.redirect")} isCalled={open === "redirect"}>
        <TextField label={t("merch.redirect")} hint={t("merch.redirectHint")} value={now.redirect ?? ""} onValue={text("redirect")} error={wrong("redirect")} />
      </Part>
      <Part title={t("merch.bannersTitle")}><BannersFields editing={editing} wrong={wrong} /></Part>
      <Part title={t("merch.schedule")} lead={t("merch.scheduleHint")}><Schedule editing={editing} wrong={wrong} /></Part>
      <Part title={t("merch.filter")}>
        <TextField label={t("recommend.filter")} hint={t("merch.byFilterHint")} value={now.filter ?? ""} onValue={text("filter")} error={wrong("filter")} isCode />
      </Part>
    </>
  );
}

/** A part of the panel; the one that the reader was sent to has the focus. */
function Part({ title, lead, isCalled, children }: { title: string; lead?: string; isCalled?: boolean; children: ComponentChildren }): JSX.Element {
  const part = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isCalled) part.current?.querySelector("input")?.focus();
  }, [isCalled]);
  return (
    <section class="part" ref={part} aria-label={title}>
      <h2>{title}</h2>
      {lead && <p class="note"><Said text={lead} /></p>}
      {children}
    </section>
  );
}

function Schedule({ editing, wrong }: { editing: Editing; wrong: (field: string) => string | undefined }): JSX.Element {
  const { from, until } = editing.now;
  const set = (field: "from" | "until") => (value: string) => editing.change((old) => ({ ...old, [field]: fromField(value) }), field);
  const late = isWrongWay(from, until) ? t("merch.wrongWay") : undefined;
  return (
    <div class="fields">
      <TextField label={t("merch.begins")} type="datetime-local" value={toField(from)} onValue={set("from")} error={wrong("from")} />
      <TextField label={t("merch.ends")} type="datetime-local" value={toField(until)} onValue={set("until")} error={late ?? wrong("until")} />
    </div>
  );
}
