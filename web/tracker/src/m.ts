// What a shop's page loads: tells the server what visitors see, click, put into the cart and buy. README.md says how a page
// is marked up. It has to stay small: the build measures it.

type Fields = Record<string, unknown>;
interface Line extends Fields {
  item: string;
  quantity?: number;
  /** Of one piece. */
  price?: number;
  currency?: string;
}
interface Purchase extends Line {
  /** Names the purchase, so that telling it again changes nothing. */
  order?: string;
  items?: Line[];
}
type Call = [name: string, value: unknown];
type Page = { mercato?: { (...call: Call): void; q?: Call[] } };

/** How long half of an item is on screen until it counts as seen. */
const SEEN_MS = 1000;
/** How long events wait for others to be sent with. */
const BATCH_MS = 3000;
/** Events of one request, at most: browsers take some 64 KiB with them when a page is left. */
const BATCH_EVENTS = 50;
/** Elements that say something. */
const saying = (name: string) => `[data-mercato-${name}]`;
const ITEMS = saying("item");
/** What an item stands in. */
const LISTS = `${saying("query-id")},${saying("surface")}`;

const page = window as Page;
const script = document.currentScript as HTMLScriptElement;
const said = script.dataset;
const address = new URL(`v1/${said.shop}/events${said.key ? `?key=${said.key}` : ""}`, script.src);

let user = said.user;
let isOn = false;
let queue: Fields[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

const random = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

/** Where the visitor's and the visit's ids are kept: on this page alone where storage is forbidden or full. */
let stores: { mercato?: string }[] = [{}, {}];
try {
  stores = [localStorage, sessionStorage] as { mercato?: string }[];
} catch {
  // Forbidden.
}

function id(place: number): string {
  try {
    return (stores[place].mercato ||= random());
  } catch {
    stores[place] = {};
    return id(place);
  }
}

// Sending.

function wait(): void {
  timer ??= setTimeout(send, BATCH_MS);
}

function tell(type: string, fields: Fields): void {
  if (!isOn) return;
  queue.push({ event_id: random(), type, time: new Date(), user, anonymous: id(0), session: id(1), ...fields });
  wait();
}

function send(): void {
  tellLists();
  clearTimeout(timer);
  timer = undefined;
  while (queue[0]) post(queue.splice(0, BATCH_EVENTS));
}

function post(batch: Fields[]): void {
  const body = JSON.stringify(batch);
  const { key } = said;
  // As plain text a browser asks no permission first. A server without keys takes JSON alone, which a beacon cannot send to
  // another origin.
  if (key && navigator.sendBeacon?.(address, body)) return;
  const headers: HeadersInit = key ? {} : { "content-type": "application/json" };
  // Another origin may not read the answer, and nobody wants to.
  fetch(address, { method: "POST", body, headers, keepalive: true }).catch(() => {});
}

// What is on the page.

/** What an element or what it stands in says. */
const attribute = (element: Element, name: string) =>
  element.closest(saying(name))?.getAttribute(`data-mercato-${name}`) || undefined;

const surface = (element: Element) => attribute(element, "surface");

function slot(element: Element): Fields {
  const list = element.parentElement!.closest(LISTS) ?? document;
  const place = [...list.querySelectorAll(ITEMS)].indexOf(element) + 1;
  return { item: attribute(element, "item"), position: +attribute(element, "position")! || place };
}

/** Items seen and not told yet, by the answer or the element that they stand in. */
const lists = new Map<unknown, { surface: string; query_id: string; shown: Fields[]; event_id: string }>();
/** The name of the answer that a seen item was told with. */
const answers = new WeakMap<Element, string>();

function seen(element: Element): void {
  if (!isOn || answers.has(element)) return;
  const answer = attribute(element, "query-id");
  const list = answer ?? element.closest(LISTS);
  const query_id = answer ?? random();
  const impression = lists.get(list) ?? {
    // The server logs its own answers under this id: whoever tells of one first, it counts once.
    event_id: `impression-${query_id}`,
    query_id,
    surface: surface(element) ?? (answer ? "search" : "home"),
    shown: [],
  };
  lists.set(list, impression);
  impression.shown.push(slot(element));
  answers.set(element, impression.query_id);
  wait();
}

function tellLists(): void {
  lists.forEach((list) => tell("impression", list));
  lists.clear();
}

function clicked({ target }: Event): void {
  const element = (target as Element).closest?.(ITEMS);
  if (!isOn || !element) return;
  seen(element);
  // A click follows the answer that it is about in the log, too.
  tellLists();
  tell("click", { ...slot(element), query_id: answers.get(element), surface: surface(element) });
}

/** Since when each item is on screen. */
const clocks = new Map<Element, ReturnType<typeof setTimeout>>();

function look(element: Element): void {
  // A page in the background shows nothing to anybody.
  clocks.set(element, setTimeout(() => (document.hidden ? look : seen)(element), SEEN_MS));
}

const eyes = new IntersectionObserver(
  (entries) =>
    entries.forEach(({ target, isIntersecting }) => {
      clearTimeout(clocks.get(target));
      if (isIntersecting) look(target);
    }),
  { threshold: 0.5 },
);

const viewed = new WeakSet<Element>();

function scan(): void {
  document.querySelectorAll(ITEMS).forEach((element) => eyes.observe(element));
  document.querySelectorAll(saying("view")).forEach((element) => {
    if (!viewed.has(element)) deed("view", { item: attribute(element, "view")!, surface: surface(element) });
    viewed.add(element);
  });
}

const changes = new MutationObserver(scan);

// What the page says.

/** Something done with an item; what it cost is worked out. */
function deed(type: string, { item, quantity, price, currency = said.currency, ...fields }: Line): void {
  // One event that is not as it must be would have the server refuse all that are sent with it.
  if (!item) return;
  const amount = +(price! * (quantity ?? 1)).toFixed(4);
  tell(type, { item: `${item}`, quantity, ...(amount >= 0 && currency && { value: { amount, currency } }), ...fields });
}

function bought({ order, items, ...only }: Purchase): void {
  const { currency = said.currency } = only;
  (items ?? [only]).forEach((line) => {
    deed("purchase", { currency, ...(order && { event_id: `order-${order}-${line.item}` }), ...line });
  });
}

/** Begins, or ends and forgets the visitor. */
function allow(isAllowed: boolean): void {
  isOn = isAllowed;
  if (isOn) {
    changes.observe(document, { childList: true, subtree: true });
    return scan();
  }
  changes.disconnect();
  eyes.disconnect();
  queue = [];
  lists.clear();
  stores.forEach((store) => delete store.mercato);
}

// Do Not Track and Global Privacy Control are answers, whatever the page says.
const { doNotTrack, globalPrivacyControl } = navigator as Navigator & { globalPrivacyControl?: boolean };
const isRefused = doNotTrack === "1" || globalPrivacyControl;

function call(name: string, value: unknown): void {
  if (name === "consent") allow(!!value && !isRefused);
  else if (name === "user") user = value as string;
  else if (name === "purchase") bought(value as Purchase);
  else if (name === "cart") deed("add-to-cart", value as Line);
  else if (name === "view") deed(name, value as Line);
  else tell(name, value as Fields);
}

// What the page said before this script came. A visitor with an id has said yes before.
const calls = page.mercato?.q ?? [];
const choice = calls.filter(([name]) => name === "consent").pop();
page.mercato = call;
call("consent", choice ? choice[1] : said.consent !== "required" || stores[0].mercato);
calls.forEach((one) => call(...one));

document.addEventListener("click", clicked, true);
document.addEventListener("visibilitychange", () => document.hidden && send());
addEventListener("pagehide", send);
