import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, tryKey } from "../api/client";
import { useDoing } from "../api/use";
import { t } from "../i18n";
import type { Session } from "../lib/session";
import { TextField } from "../parts/fields";
import { Taste } from "../parts/frame";
import { Failure } from "../parts/state";

/** Asks for the key, and for the shop where the key is that of one. */
export function SignIn({ isExpired, onSignIn, onTaste }: { isExpired: boolean; onSignIn: (session: Session) => void; onTaste: () => void }): JSX.Element {
  const [key, setKey] = useState("");
  const [shop, setShop] = useState("");
  const [isOpenServer, setOpenServer] = useState(false);
  const [needsShop, setNeedsShop] = useState(false);
  const doing = useDoing();
  useEffect(() => {
    tryKey("", "").then(() => setOpenServer(true), () => {});
  }, []);
  const enter = (event: Event) => {
    event.preventDefault();
    void doing.run(async () => {
      try {
        const { onlyShop } = await tryKey(key.trim(), shop.trim());
        onSignIn({ key: key.trim(), onlyShop });
      } catch (error) {
        // A shop's own key opens only that shop's routes: which one has to be said.
        if (error instanceof ApiError && error.status === 403 && !shop.trim()) return setNeedsShop(true);
        throw error;
      }
    });
  };
  return (
    <main class="signin">
      <div class="card">
        <p class="brand"><img src="./mark.svg" alt="" width="28" height="28" />Mercato</p>
        <h1>{t("signin.title")}</h1>
        <p class="lead">{t("signin.lead")}</p>
        {isExpired && <p class="note" role="alert">{t("signin.expired")}</p>}
        {isOpenServer ? (
          <p class="actions"><span>{t("signin.open")}</span><button type="button" class="main" onClick={() => onSignIn({ key: "", onlyShop: null })}>{t("signin.goOn")}</button></p>
        ) : (
          <form onSubmit={enter}>
            <TextField label={t("signin.key")} hint={t("signin.keyHint")} type="password" value={key} onValue={setKey} isWide autocomplete="current-password" />
            {needsShop && <TextField label={t("signin.shop")} hint={t("signin.shopHint")} value={shop} onValue={setShop} isWide />}
            {doing.error && <Failure error={doing.error} />}
            <button class="main" disabled={doing.isBusy || !key.trim()}>{t("signin.enter")}</button>
          </form>
        )}
        <div class="taste"><Taste onTaste={onTaste} /></div>
      </div>
    </main>
  );
}
