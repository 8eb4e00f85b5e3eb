import { getLanguage, setLanguage, type Language } from "../i18n";

/** What the reader likes: language and appearance. Kept in this browser; nothing of it is secret. */
export type Theme = "auto" | "light" | "dark";

const LANGUAGE = "mercato.language";
const THEME = "mercato.theme";

export function theme(): Theme {
  const kept = localStorage.getItem(THEME);
  return kept === "light" || kept === "dark" ? kept : "auto";
}

/** Puts what was chosen before in force: the browser's language and the system's appearance where nothing was. */
export function apply(): void {
  const kept = localStorage.getItem(LANGUAGE);
  chooseLanguage(kept === "zh" || kept === "en" ? kept : navigator.language.startsWith("zh") ? "zh" : "en", false);
  chooseTheme(theme());
}

export function chooseLanguage(language: Language, isKept = true): void {
  setLanguage(language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  if (isKept) localStorage.setItem(LANGUAGE, language);
}

export function otherLanguage(): Language {
  return getLanguage() === "en" ? "zh" : "en";
}

export function chooseTheme(to: Theme): void {
  if (to === "auto") {
    localStorage.removeItem(THEME);
    delete document.documentElement.dataset["theme"];
  } else {
    localStorage.setItem(THEME, to);
    document.documentElement.dataset["theme"] = to;
  }
}
