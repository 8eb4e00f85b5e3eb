import type { JSX } from "preact";
import type { Schemas } from "../../api/client";
import { percent, t, word } from "../../i18n";
import { Tag } from "../../parts/state";

type Finding = Schemas["FindingAnswer"];

/** How a query was understood: chips that can be taken away where they change what is found. */
export function Understood({ reading, onTakeAway, onQuery }: { reading: Schemas["ReadingAnswer"]; onTakeAway: (key: string) => void; onQuery: (query: string) => void }): JSX.Element {
  const findings = reading.findings.filter((finding) => finding.consequence !== "shown");
  const intent = reading.intents[0];
  const category = reading.categories[0];
  return (
    <div class="understood">
      <span class="label">{t("bench.understood")}</span>
      {reading.text !== reading.query && <span class="said">{t("bench.searchedFor", { text: reading.text })}</span>}
      {reading.kept && <span class="said">{t("bench.kept", { text: reading.kept })}</span>}
      <ul class="chips">
        {findings.map((finding) => (
          <li key={finding.key} title={t("bench.evidence", { evidence: finding.evidence, confidence: percent(finding.confidence, 0) })}>
            <Tag tone="accent">{word("consequence", finding.consequence)}</Tag>
            <span>{saysOf(finding)}</span>
            <button type="button" aria-label={t("bench.takeAway", { what: saysOf(finding) })} onClick={() => onTakeAway(finding.key)}>×</button>
          </li>
        ))}
        {!findings.length && <li class="note">{t("bench.plain")}</li>}
      </ul>
      {reading.did_you_mean && <button type="button" class="link" onClick={() => onQuery(reading.did_you_mean!)}>{t("bench.didYouMean", { text: reading.did_you_mean })}</button>}
      {intent && <span class="said">{t("bench.intent")}: {word("intent", intent.name)} {percent(intent.probability, 0)}</span>}
      {category && <span class="said">{t("bench.category")}: {category.name} {percent(category.probability, 0)}</span>}
    </div>
  );
}

function saysOf(finding: Finding): string {
  return finding.says || finding.filter || finding.text || finding.key;
}
