/** Marks that stand in no text that people write, so that whatever a title holds stays text. */
export const OPEN = "\uE000";
export const CLOSE = "\uE001";

export interface Part {
  text: string;
  isMatch: boolean;
}

/** The parts of a marked text. */
export function parts(marked: string): Part[] {
  const found: Part[] = [];
  let isMatch = false;
  for (const piece of marked.split(/([\uE000\uE001])/)) {
    if (piece === OPEN || piece === CLOSE) isMatch = piece === OPEN;
    else if (piece) found.push({ text: piece, isMatch });
  }
  return found;
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", "#39": "'", "#x27": "'", "#x2F": "/" };

/** A text that came as HTML, matches between `<em>` and `</em>`, as a marked text. */
export function markedOf(html: string): string {
  const marked = html.replaceAll("<em>", OPEN).replaceAll("</em>", CLOSE);
  return marked.replace(/&(#?\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}

/** A text with those words marked that begin like one of a query's: for answers that come unmarked. */
export function markedWords(text: string, query: readonly string[]): string {
  const wanted = query.map((word) => word.toLowerCase()).filter((word) => HAN.test(word) || word.length > 2);
  if (!wanted.length) return text;
  const stems = wanted.filter((word) => !HAN.test(word)).map((word) => word.replace(/(ing|es|s|e)$/, ""));
  const isMeant = (word: string) => stems.some((stem) => stem.length > 2 && word.startsWith(stem) && word.length <= stem.length + 3);
  const latin = text.replace(/[\p{Script=Latin}\p{N}]+/gu, (word) => (isMeant(word.toLowerCase()) ? OPEN + word + CLOSE : word));
  const own = wanted.filter((word) => HAN.test(word)).sort((a, b) => b.length - a.length);
  return own.length ? latin.replace(new RegExp(own.join("|"), "gu"), (word) => OPEN + word + CLOSE) : latin;
}

/** Texts of nothing but Chinese characters: they need no escape in a pattern. */
const HAN = /^\p{Script=Han}+$/u;

/** A text with the part marked that is told in bytes. */
export function markedBytes(text: string, [from, to]: readonly [number, number]): string {
  const bytes = new TextEncoder().encode(text);
  const read = (start: number, end: number) => new TextDecoder().decode(bytes.slice(start, end));
  if (!(from < to) || to > bytes.length) return text;
  return read(0, from) + OPEN + read(from, to) + CLOSE + read(to, bytes.length);
}
