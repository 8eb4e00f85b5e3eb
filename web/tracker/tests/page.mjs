// A shop's page in jsdom with the built tracker in it, a clock that the test turns, and a network that only notes.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const SOURCE = readFileSync(new URL("../dist/m.js", import.meta.url), "utf8");

/**
 * `html` is the page's body; `script` its tag's attributes; `before` gets the window before the tracker runs. `stored` is what
 * localStorage has from an earlier visit.
 */
export function page({ html = "", script = "", before = () => {}, stored = {}, beacon = true } = {}) {
  const tag = `<script src="https://search.test/m.js" data-shop="gifts" ${script}></script>`;
  const dom = new JSDOM(`<!doctype html><head>${tag}</head><body>${html}</body>`, {
    url: "https://shop.test/boots",
    runScripts: "outside-only",
    pretendToBeVisual: true,
  });
  const { window } = dom;
  for (const [name, value] of Object.entries(stored)) window.localStorage.setItem(name, value);

  const sent = [];
  window.navigator.sendBeacon = (url, body) => {
    if (beacon) sent.push({ by: "beacon", url: String(url), body });
    return beacon;
  };
  window.fetch = async (url, init) => void sent.push({ by: "fetch", url: String(url), body: init.body, init });

  const clock = { now: 0, due: [] };
  window.setTimeout = (run, milliseconds) => clock.due.push({ run, at: clock.now + milliseconds });
  window.clearTimeout = (place) => {
    if (place) clock.due[place - 1] = undefined;
  };
  const pass = (milliseconds) => {
    const end = clock.now + milliseconds;
    for (;;) {
      const next = clock.due.filter((one) => one && one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      clock.due[clock.due.indexOf(next)] = undefined;
      clock.now = next.at;
      next.run();
    }
    clock.now = end;
  };

  const eyes = { observed: new Set() };
  window.IntersectionObserver = class {
    constructor(tell, options) {
      Object.assign(eyes, { tell, options });
    }
    observe(element) {
      eyes.observed.add(element);
    }
    disconnect() {
      eyes.observed.clear();
    }
  };
  const element = (selector) => window.document.querySelector(selector);
  const show = (selector, isIntersecting = true) => {
    const target = element(selector);
    if (eyes.observed.has(target)) eyes.tell([{ target, isIntersecting }]);
  };
  let isHidden = false;
  Object.defineProperty(window.document, "hidden", { get: () => isHidden });
  const hide = (hidden = true) => {
    isHidden = hidden;
    window.document.dispatchEvent(new window.Event("visibilitychange"));
  };

  before(window);
  Object.defineProperty(window.document, "currentScript", { value: element("script") });
  window.eval(SOURCE);

  return {
    window,
    sent,
    eyes,
    pass,
    show,
    hide,
    element,
    click: (selector) => element(selector).dispatchEvent(new window.MouseEvent("click", { bubbles: true })),
    mercato: (...call) => window.mercato(...call),
    /** All events sent so far, after the wait for a batch. */
    events: () => {
      pass(3000);
      return sent.flatMap(({ body }) => JSON.parse(body));
    },
  };
}
