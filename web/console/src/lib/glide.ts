import { useLayoutEffect, useRef } from "preact/hooks";

const MS = 180;

/** Lets the children of a list glide to where they are drawn next, so that the eye can follow what moved; not where motion is unwanted. */
export function useGlide(list: { current: HTMLElement | null }, layout: string): void {
  const last = useRef<{ layout: string; places: Map<string, [x: number, y: number]> }>({ layout, places: new Map() });
  useLayoutEffect(() => {
    const children = [...(list.current?.children ?? [])] as HTMLElement[];
    const before = last.current;
    last.current = { layout, places: new Map(children.map((child) => [child.dataset["id"] ?? "", [child.offsetLeft, child.offsetTop]])) };
    if (before.layout !== layout || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const child of children) glide(child, before.places.get(child.dataset["id"] ?? ""));
  });
}

function glide(child: HTMLElement, from: [x: number, y: number] | undefined): void {
  if (!from) return;
  const [x, y] = [from[0] - child.offsetLeft, from[1] - child.offsetTop];
  if (x || y) child.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], { duration: MS, easing: "ease-out" });
}
