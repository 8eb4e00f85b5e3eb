/** How a query was understood, as the shop's visitor sees it. */
export interface Finding {
  step: string;
  key: string;
  says: string;
  consequence: string;
  evidence?: string;
  /** The bytes of the query it was read from. */
  span?: [number, number] | null;
}

export interface Reading {
  query?: string;
  text?: string;
  words?: [number, number][];
  language?: string;
  did_you_mean?: string | null;
  findings?: Finding[];
}

/** The words that were searched for: as typed, and as read after all steps. */
export function wordsOf(reading: Reading | null): string[] {
  const bytes = new TextEncoder().encode(reading?.query ?? "");
  const typed = (reading?.words ?? []).map(([from, to]) => new TextDecoder().decode(bytes.slice(from, to)));
  return [...new Set([...typed, ...(reading?.text ?? "").split(/\s+/)])].filter(Boolean);
}

/** What a finding is about, for its label. */
export type About = "spelling" | "price" | "category" | "not" | "brand" | "synonyms" | "relaxed" | "other";

export interface Chip {
  /** Its name; that of the first of its findings. */
  key: string;
  /** The findings it stands for: what two steps read alike is taken away together. */
  keys: string[];
  about: About;
  /** The attribute that a value of another kind belongs to. */
  attribute: string | null;
  says: string;
  evidence: string;
}

/** Those findings that change what is found; what was only noticed is left out. A negation always changes it. */
export function chips(reading: Reading | null): Chip[] {
  const all = reading?.findings ?? [];
  const acts = (one: Finding) => ["replaced", "expanded", "filtered", "boosted", "relaxed"].includes(one.consequence) || one.step === "negation";
  const made = all.filter((one) => acts(one) && !["words", "normalise", "intent"].includes(one.step)).map((one) => chip(one, reading!));
  const alike = (one: Chip) => made.filter((other) => other.says === one.says && other.about === one.about);
  return made.filter((one) => alike(one)[0] === one).map((one) => ({ ...one, keys: alike(one).map(({ key }) => key) }));
}

function chip({ key, step, says, evidence, span }: Finding, { query, language }: Reading): Chip {
  const made = (about: About, text: string, attribute: string | null = null) => ({ key, keys: [key], about, says: text, attribute, evidence: evidence ?? "" });
  // Values are kept in English: whoever asks in Chinese reads their own words instead.
  const own = language === "zh" && query && span ? new TextDecoder().decode(new TextEncoder().encode(query).slice(...span)) : null;
  const after = (start: RegExp) => says.replace(start, "");
  if (step === "spelling") return made("spelling", says);
  if (step === "synonyms") return made("synonyms", says);
  if (step === "relax") return made("relaxed", says);
  if (step === "negation") return made("not", after(/^not /));
  if (says.startsWith("not ")) return made("not", own ?? after(/^not (?:(?:category|brand|colour|color|material|occasion) )?/));
  if (step === "category") return made("category", last(after(/^in /)));
  if (says.startsWith("category ")) return made("category", own ?? last(after(/^category /)));
  if (says.startsWith("brand ")) return made("brand", after(/^brand /));
  if (says.startsWith("price ")) return made("price", amount(after(/^price /)));
  const [, attribute, value] = /^([a-z_]+) (.+)$/.exec(says) ?? [];
  return attribute && value ? made("other", own ?? value, attribute) : made("other", own ?? says);
}

function last(path: string): string {
  return path.split(" > ").at(-1)!;
}

/** An amount with signs in the place of words: they read the same in every language. */
function amount(text: string): string {
  return text.replace(/^at most /, "≤ ").replace(/^under |^less than |^below /, "< ").replace(/^at least /, "≥ ").replace(/^over |^more than |^above /, "> ");
}
