import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ApiError } from "../../api/client";
import { t, word } from "../../i18n";
import { AreaField, CheckField, SelectField, TextField } from "../../parts/fields";
import { Tag } from "../../parts/state";
import { AS_SHOP, changes, fieldOf, METHODS, STEPS, type Side } from "./side";

interface Props {
  name: string;
  side: Side;
  onSide: (side: Side) => void;
  error?: ApiError | undefined;
  /** Gives the other side the same settings; on the first side only. */
  onCopy?: (() => void) | undefined;
  /** What is wrong with the JSON as such. */
  broken: string | null;
}

/** What this side asks for other than the shop does. */
export function SideSettings({ name, side, onSide, onCopy, error, broken }: Props): JSX.Element {
  const wrong = (field: keyof Side) => (error && fieldOf(error) === field ? error.message : undefined);
  const set = (field: keyof Side) => (value: string) => onSide({ ...side, [field]: value });
  const count = changes(side);
  // What is refused is shown; whoever mends it is not shut out the moment it is right.
  const [isOpen, setOpen] = useState(false);
  const toggle = (step: string) => (isOn: boolean) => onSide({ ...side, off: isOn ? side.off.filter((one) => one !== step) : [...side.off, step] });
  return (
    <details class="side-settings" open={isOpen || Boolean(broken || (error && fieldOf(error)))} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {t("bench.settings", { side: name })} <Tag tone={count ? "accent" : "plain"}>{count ? says(side) : t("bench.asShop")}</Tag>
      </summary>
      <div class="fields">
        <SelectField label={t("bench.method")} value={side.method} onValue={set("method")} error={wrong("method")}
          options={[["", t("bench.asShop")], ...METHODS.map((method) => [method, word("method", method)] as const)]} />
        <TextField label={t("bench.cutoff")} hint={t("bench.cutoffHint")} value={side.cutoff} onValue={set("cutoff")} error={wrong("cutoff")} />
        <TextField label={t("bench.diversity")} hint={t("bench.diversityHint")} value={side.diversity} onValue={set("diversity")} error={wrong("diversity")} />
        <TextField label={t("bench.depth")} hint={t("bench.depthHint")} value={side.depth} onValue={set("depth")} error={wrong("depth")} />
        <TextField label={t("bench.user")} hint={t("bench.userHint")} value={side.user} onValue={set("user")} error={wrong("user")} />
        <TextField label={t("bench.filter")} hint={t("recommend.filterHint")} value={side.filter} onValue={set("filter")} error={wrong("filter")} isCode />
        <fieldset class="wide">
          <legend>{t("bench.steps")}</legend>
          {STEPS.map((step) => <CheckField key={step} label={word("step", step)} isOn={!side.off.includes(step)} onValue={toggle(step)} />)}
          {wrong("off") && <p class="error">{wrong("off")}</p>}
        </fieldset>
        <AreaField label={t("bench.json")} hint={t("bench.jsonHint")} value={side.json} onValue={set("json")} error={broken ?? wrong("json")} isWide rows={4} />
        <button type="button" class="link" disabled={!count} onClick={() => onSide(AS_SHOP)}>{t("bench.reset")}</button>
        {onCopy && <button type="button" class="link" onClick={onCopy}>{t("bench.copy")}</button>}
      </div>
    </details>
  );
}

/** The changes in a few words. */
function says(side: Side): string {
  const count = changes(side);
  return count === 1 && side.method ? word("method", side.method) : t("bench.changed", { count });
}
