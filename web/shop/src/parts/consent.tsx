import { t } from "../i18n";
import { usePage } from "../page";

/** Asks once whether anything may be remembered; until then nothing is. */
export function ConsentBar() {
  const page = usePage();
  if (page.consent !== "unasked") return null;
  return (
    <section class="consent" aria-label={t("consent.label")}>
      <p>{t("consent.ask")}</p>
      <p class="answers">
        <button type="button" onClick={() => page.answerConsent("no")}>
          {t("consent.no")}
        </button>
        <button type="button" onClick={() => page.answerConsent("yes")}>
          {t("consent.yes")}
        </button>
      </p>
    </section>
  );
}

/** What holds, and the way to change it. */
export function ConsentNote() {
  const page = usePage();
  const says = page.isNotTracked ? "consent.dnt" : page.consent === "yes" ? "consent.on" : "consent.off";
  return (
    <p>
      {t(says)}{" "}
      {!page.isNotTracked && page.consent !== "unasked" && (
        <button type="button" class="link" onClick={() => page.askConsentAgain()}>
          {t("consent.change")}
        </button>
      )}
    </p>
  );
}
