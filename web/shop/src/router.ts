import { addressOf, type Wanted, wantedIn } from "./lib/place";

const PAUSE_MS = 300;

/** Keeps the search in the address, so that it can be gone back to and passed on; quick changes make one entry together. */
export function router() {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let heard: (() => void) | undefined;
  const createURL = (wanted: Wanted) => addressOf(new URL(location.href), wanted);
  return {
    $$type: "mercato",
    createURL,
    read: () => wantedIn(new URL(location.href)),
    write(wanted: Wanted) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const next = createURL(wanted);
        if (next !== location.href) history.pushState(null, "", next);
      }, PAUSE_MS);
    },
    onUpdate(then: (wanted: Wanted) => void) {
      heard = () => {
        clearTimeout(timer);
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
