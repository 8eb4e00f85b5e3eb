/** An experiment's document, as it is read; the API's description has the same in full. */
export interface Experiment {
  id: string;
  description?: string | null;
  arms: { name: string; share?: number | null; changes?: unknown; removed?: boolean | null }[];
  metrics?: string[] | null;
  ramp?: number | null;
  slice?: unknown;
  visitors_planned?: number | null;
  started?: string | null;
  ended?: string | null;
  reasons?: string[];
}

/** What the form has; texts as they were typed. */
export interface Draft {
  id: string;
  description: string;
  slice: string;
  ramp: string;
  planned: string;
  metrics: string;
  arms: { name: string; changes: string }[];
}

export const METRICS = ["click-through", "conversion", "revenue", "units", "empty-searches", "time-to-cart", "diversity", "latency", "errors"] as const;

export const BLANK: Draft = {
  id: "",
  description: "",
  slice: "1",
  ramp: "1",
  planned: "20000",
  metrics: "conversion, click-through, revenue",
  arms: [{ name: "control", changes: "" }, { name: "varied", changes: '{"diversity": 0.4}' }],
};

/** Why an arm's changes are no JSON. */
export class BrokenArm extends Error {
  constructor(
    readonly arm: number,
    message: string,
  ) {
    super(message);
  }
}

/** The document that a draft stands for. Throws a [`BrokenArm`] where changes are no JSON. */
export function document(draft: Draft): Record<string, unknown> {
  const number = (text: string) => (text.trim() === "" ? undefined : Number.isNaN(Number(text)) ? text : Number(text));
  const said = (text: string) => text.trim() || undefined;
  const metrics = draft.metrics.split(/[,，]/).map((one) => one.trim()).filter(Boolean);
  return {
    id: draft.id.trim(),
    description: said(draft.description),
    slice: number(draft.slice),
    ramp: number(draft.ramp),
    visitors_planned: number(draft.planned),
    metrics: metrics.length ? metrics : undefined,
    arms: draft.arms.map((arm, at) => ({ name: arm.name.trim(), changes: changes(arm.changes, at) })),
  };
}

function changes(text: string, arm: number): unknown {
  if (!text.trim()) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new BrokenArm(arm, error instanceof Error ? error.message : String(error));
  }
}

/** Which field of the form an error of the server is about: `id`, `arms.1.changes`, … */
export function formField(field: string): string {
  const parts = field.replaceAll("[", ".").replaceAll("]", "").split(".").filter(Boolean);
  if (parts[0] === "visitors_planned") return "planned";
  if (parts[0] === "arms" && parts.length > 2) return `arms.${parts[1]}.${parts[2] === "name" ? "name" : "changes"}`;
  return parts.slice(0, 2).join(".").replace(/^(metrics|slice|ramp|id|description)\..*/, "$1");
}
