/** Something told beside the results. */
export interface Banner {
  title: string;
  text: string | null;
  image: string | null;
  link: string | null;
}

/** The banners and the redirect of an answer's rendering content; links that are no pages are left out. */
export function bannersOf(rendering: unknown): { banners: Banner[]; redirect: string | null } {
  const content = (rendering ?? {}) as { redirect?: { url?: unknown }; widgets?: { banners?: unknown } };
  const listed = Array.isArray(content.widgets?.banners) ? (content.widgets.banners as Record<string, never>[]) : [];
  const banners = listed.flatMap((one: { title?: unknown; text?: unknown; image?: { urls?: { url?: unknown }[] }; link?: { url?: unknown } }) => {
    const title = text(one.title);
    return title ? [{ title, text: text(one.text), image: page(one.image?.urls?.[0]?.url), link: page(one.link?.url) }] : [];
  });
  return { banners, redirect: page(content.redirect?.url) };
}

function text(value: unknown): string | null {
  return typeof value === "string" && value ? value : null;
}

function page(value: unknown): string | null {
  const address = text(value);
  return address && /^(https?:\/\/|\/(?!\/))/.test(address) ? address : null;
}
