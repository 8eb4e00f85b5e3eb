import { t, word } from "../i18n";
import type { Chip } from "../lib/reading";
import { usePage, useSearch } from "../page";

/** How the query was understood; a press takes a part away, another puts it back. Its line is always kept. */
export function Understood() {
  const { search, shop } = usePage();
  const { query, status, understood, away, meant } = useSearch();
  const kept = understood.filter((chip) => !away.some((one) => one.key === chip.key));
  if (!query || shop.isTold) return null;
  const isPlain = status === "ready" && !kept.length && !away.length && !meant;
  return (
    <div class="understood">
      {(kept.length > 0 || away.length > 0) && (
        <>
          <span class="soft" id="understood">
            {t("understood")}
          </span>
          <ul aria-labelledby="understood">
            {kept.map((chip) => (
              <One key={chip.key} chip={chip} isAway={false} />
            ))}
            {away.map((chip) => (
              <One key={chip.key} chip={chip} isAway />
            ))}
          </ul>
        </>
      )}
      {isPlain && <span class="soft">{t("understood.plain")}</span>}
      {meant && (
        <span>
          {t("meant")}{" "}
          <button type="button" class="link" onClick={() => search.setQuery(meant)}>
            {meant}
          </button>
        </span>
      )}
    </div>
  );
}

function One({ chip, isAway }: { chip: Chip; isAway: boolean }) {
  const { search } = usePage();
  const about = chip.attribute ? word("attribute", chip.attribute) : t(`about.${chip.about}`);
  const says = `${about} ${chip.says}`;
  return (
    <li>
      <button type="button" class={isAway ? "chip away" : "chip"} title={chip.evidence} aria-label={t(isAway ? "understood.again" : "understood.without", { says })} onClick={() => search.toggle(chip)}>
        <small>{about}</small> <span>{chip.says}</span> <span aria-hidden="true">{isAway ? "↺" : "×"}</span>
      </button>
    </li>
  );
}
