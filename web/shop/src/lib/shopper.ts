/** What is remembered of a visitor, and only with consent: who they are (at random), and what they looked at. */
export type Consent = "yes" | "no" | "unasked";

/** The two calls of a browser's store that are needed; any of them may fail where a browser keeps nothing. */
export interface Keep {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

const CONSENT = "mercato.shop.consent";
const TOKEN = "mercato.shop.visitor";

/** Whoever tells their browser that they do not want to be followed has answered already. */
export function consent(keep: Keep, asksNotToTrack: boolean): Consent {
  if (asksNotToTrack) return "no";
  const said = read(keep, CONSENT);
  return said === "yes" || said === "no" ? said : "unasked";
}

/** Keeps the answer; whoever takes it back is forgotten here. */
export function answer(keep: Keep, said: "yes" | "no"): void {
  write(keep, CONSENT, said);
  if (said === "no") remove(keep, TOKEN);
}

/** The visitor's random name, made when it is needed first; none without consent. */
export function token(keep: Keep, said: Consent, random: () => string): string | null {
  if (said !== "yes") return null;
  const known = read(keep, TOKEN);
  if (known) return known;
  const made = `anonymous-${random()}`;
  write(keep, TOKEN, made);
  return made;
}

export function asksNotToTrack(browser: { doNotTrack?: string | null; globalPrivacyControl?: boolean }): boolean {
  return browser.doNotTrack === "1" || browser.doNotTrack === "yes" || browser.globalPrivacyControl === true;
}

export function read(keep: Keep, name: string): string | null {
  try {
    return keep.getItem(name);
  } catch {
    return null;
  }
}

export function write(keep: Keep, name: string, value: string): void {
  try {
    keep.setItem(name, value);
  } catch {
    // A browser that keeps nothing still shops.
  }
}

export function remove(keep: Keep, name: string): void {
  try {
    keep.removeItem(name);
  } catch {
    // As above.
  }
}

/** A list as kept; what is no list is empty. */
export function readList<Entry>(keep: Keep, name: string, isEntry: (value: unknown) => value is Entry): Entry[] {
  try {
    const found: unknown = JSON.parse(read(keep, name) ?? "[]");
    return Array.isArray(found) ? found.filter(isEntry) : [];
  } catch {
    return [];
  }
}
