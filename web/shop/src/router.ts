import { addressOf, type Wanted, wantedIn } from "./lib/place";

const PAUSE_MS = 300;

/** Keeps the search in the address, so that it can be gone back to and passed on; quick changes make one entry together. */
export function router() {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: Wanted | null = null;
  let heard: (() => void) | undefined;
  /** What the address asked for last: going to another fragment of it is no other search. */
  let known = location.search;
  const createURL = (wanted: Wanted) => addressOf(new URL(location.href), wanted);
  /** Writes what waits to be written. */
  const flush = () => {
    clearTimeout(timer);
    const next = waiting && createURL(waiting);
    waiting = null;
    if (next && next !== location.href) history.pushState(null, "", next);
    known = location.search;
  };
  return {
    $$type: "mercato",
    createURL,
    flush,
    read: () => wantedIn(new URL(location.href)),
    write(wanted: Wanted) {
      clearTimeout(timer);
      waiting = wanted;
      timer = setTimeout(flush, PAUSE_MS);
    },
    onUpdate(then: (wanted: Wanted) => void) {
      heard = () => {
        if (location.search === known) return;
        clearTimeout(timer);
        waiting = null;
        known = location.search;
        then(wantedIn(new URL(location.href)));
      };
      addEventListener("popstate", heard);
    },
    dispose() {
      clearTimeout(timer);
      if (heard) removeEventListener("popstate", heard);
    },
  };
}
