import { t } from "../i18n";
import type { Looked as State } from "../page";
import { Card } from "./card";
import { Dialog } from "./dialog";

/** What looks like the visitor's picture. */
export function Looked({ of }: { of: State }) {
  const { products } = of;
  const question = () => ({ search: { query: "", picture: of.picture } });
  return (
    <Dialog name={t("picture.title")} className="looked">
      <h2>{t("picture.title")}</h2>
      {of.isFailed && <p role="alert">{t("picture.failed")}</p>}
      {!of.isFailed && !products && <p role="status">{t("picture.waiting")}</p>}
      {products?.length === 0 && <p role="status">{t("picture.nothing")}</p>}
      <ol class="grid">
        {products?.map((product) => (
          <li key={product.id}>
            <Card product={product} origin={{ queryID: null, position: null }} question={question} />
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
