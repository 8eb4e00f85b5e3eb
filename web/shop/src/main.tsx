import { render } from "preact";
import { App, Lost } from "./app";
import { setLanguage } from "./i18n";
import { place } from "./lib/place";
import { firstLanguage, Page, PageContext } from "./page";
import { Failure, Server } from "./server";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/parts.css";

const root = document.getElementById("shop")!;

async function start(): Promise<void> {
  const tag = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
  const { shop: named, key: said, language } = place(new URL(location.href), tag("mercato-key"));
  const key = said ?? sessionStorage.getItem("mercato.shop.key");
  if (key) sessionStorage.setItem("mercato.shop.key", key);
  const spoken = firstLanguage(language);
  setLanguage(spoken);
  document.documentElement.lang = spoken === "zh" ? "zh-CN" : "en";
  let others: string[] = [];
  try {
    const met = await Server.meet(named, key);
    others = met.others;
    if (!met.shop) return render(<Lost shop={null} others={others} status={0} />, root);
    const page = new Page(met.shop, new Server(met.shop.name, key, met.shop.isTold), tag("mercato-pictures").split(/\s+/).filter(Boolean));
    document.title = `${met.shop.name} · Mercato`;
    render(
      <PageContext.Provider value={page}>
        <App />
      </PageContext.Provider>,
      root,
    );
    page.search.start();
  } catch (error) {
    const status = error instanceof Failure ? error.status : Number((error as { status?: number }).status ?? 0);
    if (status === 404) others = await Server.meet(null, key).then((met) => met.others, () => []);
    render(<Lost shop={named} others={others} status={status} />, root);
  }
}

void start();
