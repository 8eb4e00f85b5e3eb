import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { markedBytes } from "../lib/marked";
import { usePage, useSearch } from "../page";
import type { Suggestion } from "../server";
import { Marked } from "./card";

const PAUSE_MS = 90;

/** What is typed, with suggestions below it: a combobox as WAI-ARIA describes it. */
export function SearchBox() {
  const page = usePage();
  const { query } = useSearch();
  const [text, setText] = useState(query);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const suggestions = useSuggestions(text, isOpen);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => setText(query), [query]);
  useEffect(() => setActive(-1), [suggestions]);
  const shown = isOpen ? suggestions : [];

  const search = (wanted: string) => {
    setOpen(false);
    setText(wanted);
    page.search.setQuery(wanted.trim());
  };
  const choose = (suggestion: Suggestion) => {
    const { kind, text: said, path } = suggestion;
    if ((kind !== "category" && kind !== "brand") || !page.shop.facets.includes(kind)) return search(said);
    setOpen(false);
    setText("");
    page.search.only(kind, kind === "category" ? (path ?? [said]).join(" > ") : said);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setOpen(true);
      // One place more than there are suggestions: that of what was typed.
      setActive((at) => ((at + 1 + step + shown.length + 1) % (shown.length + 1)) - 1);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      setOpen(false);
    }
  };
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const chosen = shown[active];
        if (chosen) choose(chosen);
        else search(text);
      }}
    >
      <input
        ref={input}
        type="search"
        role="combobox"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterKeyHint="search"
        maxLength={500}
        aria-label={t("search.label")}
        aria-autocomplete="list"
        aria-expanded={shown.length > 0}
        aria-controls="suggestions"
        aria-activedescendant={active >= 0 ? `suggestion-${active}` : undefined}
        placeholder={t("search.hint")}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setOpen(true);
          if (!event.currentTarget.value) page.search.setQuery("");
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={pressed}
      />
      {!page.shop.isTold && <PictureButton />}
      <button type="submit" class="main">
        {t("search.go")}
      </button>
      <ul id="suggestions" role="listbox" aria-label={t("search.label")} hidden={!shown.length}>
        {shown.map((one, at) => (
          <li
            key={`${one.kind} ${one.text} ${one.path ?? ""}`}
            id={`suggestion-${at}`}
            role="option"
            aria-selected={at === active}
            // A press must not take the focus from the field: its list would close before the choice is heard.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(one)}
          >
            <span class="said">
              <Marked text={markedBytes(one.text, one.span)} />
              {one.kind === "category" && one.path && one.path.length > 1 && <small> {one.path.slice(0, -1).join(" › ")}</small>}
            </span>
            <small>{t(`suggest.${one.kind}`)}</small>
          </li>
        ))}
      </ul>
      <p class="unseen" role="status">
        {shown.length > 0 && t("suggest.count", { count: shown.length })}
      </p>
    </form>
  );
}

/** Asks for a picture to search with. */
function PictureButton() {
  const page = usePage();
  const file = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class="plain camera" aria-label={t("picture.search")} title={t("picture.search")} onClick={() => file.current?.click()}>
        <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false">
          <path d="M4 8h3l2-3h6l2 3h3v11H4z M12 10a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7z" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round" />
        </svg>
      </button>
      <input
        ref={file}
        type="file"
        accept="image/jpeg,image/png,image/webp"
        hidden
        aria-label={t("picture.search")}
        onChange={(event) => {
          const chosen = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (chosen) void page.lookAlike(chosen);
        }}
      />
    </>
  );
}

/** The server's suggestions for a text; an answer that comes too late is dropped. */
function useSuggestions(text: string, isOpen: boolean): Suggestion[] {
  const page = usePage();
  const [found, set] = useState<Suggestion[]>([]);
  useEffect(() => {
    if (!isOpen) return;
    const stop = new AbortController();
    const ask = () => page.server.suggest(text, page.visitor(), stop.signal).then(set, () => {});
    const timer = setTimeout(ask, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text, isOpen]);
  return found;
}
