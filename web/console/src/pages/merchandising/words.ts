import { t, time, word, type Key } from "../../i18n";
import { isPin, treated, type Curation, type Matching, type Treatment, type When } from "../../lib/curation";

/** A curation in words, as lists and questions say it. */

const SAYS: Record<Matching, Key> = { is: "merch.say.is", "starts-with": "merch.say.starts-with", "ends-with": "merch.say.ends-with", contains: "merch.say.contains" };

export function whenSays(when: When): string {
  const searches = when.queries.map(({ match, text }) => (match === "is" && !text ? t("merch.say.browse") : t(SAYS[match], { text })));
  let says = searches.length ? searches.join(t("merch.say.or")) : t("merch.every");
  if (when.surfaces.length) says = t("merch.say.on", { when: says, surfaces: when.surfaces.map((one) => word("surface", one)).join(", ") });
  return when.segments.length ? t("merch.say.for", { when: says, segments: when.segments.join(", ") }) : says;
}

const COUNTS: Record<Treatment | "pin", Key> = { pin: "merch.count.pin", boost: "merch.count.boost", bury: "merch.count.bury", hide: "merch.count.hide" };

/** What it does, part by part. */
export function doesSays(of: Curation): string[] {
  const counted = (["pin", "boost", "bury", "hide"] as const).flatMap((how) => {
    const count = of.rules.filter((rule) => (isPin(rule) ? "pin" : treated(rule)?.how) === how).length;
    return count ? [t(COUNTS[how], { count })] : [];
  });
  if (of.filter) counted.push(t("merch.count.filter"));
  if (of.redirect) counted.push(t("merch.count.redirect", { to: of.redirect }));
  if (of.banners.length) counted.push(t("merch.count.banners", { count: of.banners.length }));
  return counted.length ? counted : [t("merch.count.nothing")];
}

export function scheduleSays({ from, until }: Curation): string {
  if (from && until) return t("merch.fromUntil", { from: time(from), until: time(until) });
  if (from) return t("merch.from", { from: time(from) });
  return until ? t("merch.until", { until: time(until) }) : t("merch.always");
}
