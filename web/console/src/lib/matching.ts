import type { When } from "./curation";

/** Whether a curation for these searches would apply: by whole words, by characters in scripts without blanks. */
export function applies(when: When, query: string): boolean {
  return !when.queries.length || when.queries.some(({ match, text }) => matched(match, query.toLowerCase(), text.toLowerCase()));
}

function matched(match: string, query: string, pattern: string): boolean {
  const isWithoutBlanks = /[\u3040-\u30FF\u3400-\u9FFF\u0E00-\u0E7F]/.test(pattern);
  const [asked, text] = isWithoutBlanks ? [query.trim(), pattern.trim()] : [spaced(query), spaced(pattern)];
  if (match === "is") return asked === text;
  if (!text.trim()) return false;
  if (match === "starts-with") return asked.startsWith(text);
  return match === "ends-with" ? asked.endsWith(text) : asked.includes(text);
}

/** The words with a blank on both sides, so that the beginning of another word does not count. */
function spaced(text: string): string {
  return ` ${text.split(/\s+/).filter(Boolean).join(" ")} `;
}
