/** A piece of a highlighted text. */
export interface Piece {
  text: string;
  isMatch: boolean;
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", "#x27": "'", apos: "'" };

/**
 * Takes the server's highlights apart: HTML, escaped, with matches between `<em>` and `</em>`. They are shown as text nodes,
 * so that nothing in a title can become markup, whoever escaped it.
 */
export function pieces(highlight: string): Piece[] {
  return highlight
    .split(/(<em>.*?<\/em>)/s)
    .filter((part) => part !== "")
    .map((part) => {
      const inner = /^<em>(.*)<\/em>$/s.exec(part);
      return { text: unescaped(inner ? inner[1]! : part), isMatch: inner !== null };
    });
}

function unescaped(text: string): string {
  return text.replace(/&(#?\w+);/g, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole);
}
