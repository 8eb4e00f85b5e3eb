/**
 * Where a field of a JSON text stands, so that a server's error about `rules[2].boost.factor` or `surfaces.[0].policy` can be
 * shown at it. The text may be one that the server refused, but must be JSON.
 */
export interface Located {
  /** From 0. */
  line: number;
  /** The deepest part of the path that is there; a field that is missing is shown at what should hold it. */
  found: string[];
}

/** The parts of a path: `surfaces.[0].budget.regret` → surfaces, 0, budget, regret. */
export function parts(path: string): string[] {
  return path.replaceAll("[", ".").replaceAll("]", "").split(".").filter((part) => part !== "");
}

/** Finds the field in the text; null where the text is no JSON or nothing of the path is there. */
export function locate(text: string, path: string): Located | null {
  const places = new Map<string, number>();
  try {
    JSON.parse(text);
    walk(text, places);
  } catch {
    return null;
  }
  for (let wanted = parts(path); wanted.length; wanted = wanted.slice(0, -1)) {
    const offset = places.get(wanted.join("\u0000"));
    if (offset !== undefined) return { line: text.slice(0, offset).split("\n").length - 1, found: wanted };
  }
  return null;
}

/** Notes where each member's key and each element begins. The text is valid JSON, so little is checked. */
function walk(text: string, places: Map<string, number>): void {
  let at = 0;
  const skip = () => {
    while (/\s/.test(text[at] ?? "")) at++;
  };
  const string = (): string => {
    const from = at++;
    while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    return JSON.parse(text.slice(from, ++at)) as string;
  };
  const inside = (close: string, member: (index: number) => void) => {
    at++;
    skip();
    for (let index = 0; text[at] !== close; index++) {
      member(index);
      skip();
      if (text[at] === ",") at++;
      skip();
    }
    at++;
  };
  const value = (path: string[]): void => {
    skip();
    const note = (part: string) => places.set([...path, part].join("\u0000"), at);
    if (text[at] === "{") {
      inside("}", () => {
        const begins = at;
        const key = string();
        places.set([...path, key].join("\u0000"), begins);
        skip();
        at++;
        value([...path, key]);
      });
    } else if (text[at] === "[") {
      inside("]", (index) => {
        note(String(index));
        value([...path, String(index)]);
      });
    } else if (text[at] === '"') string();
    else while (at < text.length && !/[\s,\]}]/.test(text[at]!)) at++;
  };
  value([]);
}

/** Line and message of what makes a text no JSON; null where it is JSON. */
export function syntaxError(text: string): { line: number; message: string } | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = /position (\d+)/.exec(message);
    const line = position ? text.slice(0, Number(position[1])).split("\n").length - 1 : Math.max(0, text.split("\n").length - 1);
    return { line, message };
  }
}
