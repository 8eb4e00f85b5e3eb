import type { JSX } from "preact";
import { t, time } from "../../i18n";
import type { Curation } from "../../lib/curation";
import { Confirm } from "../../parts/confirm";
import { doesSays, scheduleSays, whenSays } from "./words";

export type Asking = "publish" | "withdraw" | "delete";

/** Asks before something that shoppers notice, with all that it comes to. */
export function Question({ asking, of, work, onDone }: { asking: Asking; of: Curation; work: () => Promise<unknown>; onDone: () => void }): JSX.Element {
  const { name } = of;
  if (asking === "withdraw") return <Confirm asks={t("merch.withdrawAsk", { name })} does={t("merch.withdraw")} work={work} onDone={onDone} />;
  if (asking === "delete") return <Confirm asks={t("merch.deleteAsk", { name })} does={t("merch.delete")} isGrave work={work} onDone={onDone} />;
  const isLater = of.from && Date.parse(of.from) > Date.now();
  return (
    <Confirm asks={isLater ? t("merch.publishLater", { name, from: time(of.from) }) : t("merch.publishAsk", { name })} does={t("merch.publish")} work={work} onDone={onDone}>
      <dl class="lines">
        <div><dt>{t("merch.when")}</dt><dd>{whenSays(of.when)}</dd></div>
        <div><dt>{t("merch.does")}</dt><dd>{doesSays(of).join(", ")}</dd></div>
        <div><dt>{t("merch.schedule")}</dt><dd>{scheduleSays(of)}</dd></div>
      </dl>
      {!of.when.queries.length && <p class="note warn">{t("merch.publishEvery")}</p>}
    </Confirm>
  );
}
