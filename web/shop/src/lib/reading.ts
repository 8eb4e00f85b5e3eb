/** How a query was understood, as the shop's visitor sees it. */
export interface Finding {
  step: string;
  key: string;
  says: string;
  consequence: string;
  evidence?: string;
}

export interface Reading {
  language?: string;
  did_you_mean?: string | null;
  findings?: Finding[];
}

/** What a finding is about, for its label. */
export type About = "spelling" | "price" | "category" | "not" | "brand" | "synonyms" | "relaxed" | "other";

export interface Chip {
  key: string;
  about: About;
  says: string;
  evidence: string;
}

/** Those findings that change what is found; what was only noticed is left out. A negation always changes it. */
export function chips(reading: Reading | null): Chip[] {
  const all = reading?.findings ?? [];
  const acts = (one: Finding) => ["replaced", "expanded", "filtered", "boosted", "relaxed"].includes(one.consequence) || one.step === "negation";
  const made = all.filter((one) => acts(one) && !["words", "normalise", "intent"].includes(one.step)).map(chip);
  return made.filter((one, at) => made.findIndex((other) => other.says === one.says && other.about === one.about) === at);
}

function chip({ key, step, says, evidence }: Finding): Chip {
  const made = (about: About, text: string) => ({ key, about, says: text, evidence: evidence ?? "" });
  const after = (start: RegExp) => says.replace(start, "");
  if (step === "spelling") return made("spelling", says);
  if (step === "synonyms") return made("synonyms", says);
  if (step === "relax") return made("relaxed", says);
  if (step === "negation" || says.startsWith("not ")) return made("not", after(/^not /));
  if (step === "category") return made("category", last(after(/^in /)));
  if (says.startsWith("category ")) return made("category", last(after(/^category /)));
  if (says.startsWith("brand ")) return made("brand", after(/^brand /));
  if (says.startsWith("price ")) return made("price", amount(after(/^price /)));
  return made("other", says);
}

function last(path: string): string {
  return path.split(" > ").at(-1)!;
}

/** An amount with signs in the place of words: they read the same in every language. */
function amount(text: string): string {
  return text.replace(/^at most /, "≤ ").replace(/^under |^less than |^below /, "< ").replace(/^at least /, "≥ ").replace(/^over |^more than |^above /, "> ");
}
