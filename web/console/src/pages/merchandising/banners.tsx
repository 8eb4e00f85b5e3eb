import type { JSX } from "preact";
import { t } from "../../i18n";
import type { Banner } from "../../lib/curation";
import { AreaField, TextField } from "../../parts/fields";
import { PictureAt } from "../../parts/picture";
import type { Editing } from "./editing";

/** Banners as shoppers see them; none leads anywhere from here. */
export function Banners({ banners }: { banners: readonly Banner[] }): JSX.Element | null {
  if (!banners.length) return null;
  return (
    <ul class="banners" aria-label={t("merch.bannerLooks")}>
      {banners.map((one, at) => (
        <li key={at}>
          {one.image && <PictureAt key={one.image} address={one.image} title={one.title} />}
          <div>
            <p class="title">{one.title || t("merch.bannerEmpty")}</p>
            {one.text && <p>{one.text}</p>}
            {one.link && <p class="note">→ {one.link}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}

export function BannersFields({ editing, wrong }: { editing: Editing; wrong: (field: string) => string | undefined }): JSX.Element {
  const { banners } = editing.now;
  const put = (to: Banner[], kind?: string) => editing.change((now) => ({ ...now, banners: to }), kind);
  const set = (at: number, field: keyof Banner) => (value: string) => put(banners.map((one, index) => (index === at ? { ...one, [field]: value } : one)), `banner ${at} ${field}`);
  return (
    <>
      {banners.map((one, at) => (
        <fieldset key={at} class="banner">
          <legend class="unseen">{one.title || t("merch.bannerEmpty")}</legend>
          <TextField label={t("merch.bannerTitle")} value={one.title} onValue={set(at, "title")} error={wrong(`banners[${at}].title`)} />
          <AreaField label={t("merch.bannerText")} rows={2} value={one.text ?? ""} onValue={set(at, "text")} error={wrong(`banners[${at}].text`)} />
          <TextField label={t("merch.bannerImage")} hint={t("merch.bannerImageHint")} value={one.image ?? ""} onValue={set(at, "image")} error={wrong(`banners[${at}].image`)} />
          <TextField label={t("merch.bannerLink")} value={one.link ?? ""} onValue={set(at, "link")} error={wrong(`banners[${at}].link`)} />
          <button type="button" class="link" onClick={() => put(banners.filter((_, index) => index !== at))}>{t("do.remove")}<span class="unseen">: {one.title}</span></button>
        </fieldset>
      ))}
      <button type="button" onClick={() => put([...banners, { title: "" }])}>{t("merch.bannerAdd")}</button>
    </>
  );
}
