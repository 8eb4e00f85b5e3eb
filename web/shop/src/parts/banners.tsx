import { t } from "../i18n";
import { usePage, useSearch } from "../page";

/** What merchandisers tell beside the results, and the page that they lead a search to. */
export function Banners() {
  const page = usePage();
  const { banners, redirect } = useSearch();
  return (
    <>
      {redirect && (
        <p class="banner">
          <a href={redirect}>{t("banner.redirect")}</a>
        </p>
      )}
      {banners.map((banner) => (
        <aside class="banner" key={banner.title}>
          {banner.image && page.mayShow(banner.image) && <img src={banner.image} alt="" width="96" height="96" />}
          <span>
            <strong>{banner.title}</strong>
            {banner.text && <span> {banner.text}</span>}
            {banner.link && <a href={banner.link}>{t("banner.open")}</a>}
          </span>
        </aside>
      ))}
    </>
  );
}
