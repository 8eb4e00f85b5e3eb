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

/** A text with the part marked that is told in bytes. */
export function markedBytes(text: string, [from, to]: readonly [number, number]): string {
  const bytes = new TextEncoder().encode(text);
  const read = (start: number, end: number) => new TextDecoder().decode(bytes.slice(start, end));
  if (!(from < to) || to > bytes.length) return text;
  return read(0, from) + OPEN + read(from, to) + CLOSE + read(to, bytes.length);
}
