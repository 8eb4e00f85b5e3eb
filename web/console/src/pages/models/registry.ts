import { api, type Schemas } from "../../api/client";
import { t, type Key } from "../../i18n";
import { read, type TrainingReport } from "../../lib/report";
import type { ShopHere } from "../../parts/shop";

/** A trained version, of a ranker or of a recommender. */
export interface Version {
  version: number;
  madeMs: number;
  bytes: number;
  report: TrainingReport;
}

export interface Kind {
  kind: string;
  inForce: number | null;
  degraded: string | null;
  versions: Version[];
}

/** Rankers and recommenders have routes of their own, but are trained, shown and put in force alike. */
export interface Registry {
  name: "rankers" | "recommenders";
  lead: Key;
  /** Group of the words for its kinds. */
  words: "ranker" | "recommend";
  route: string;
  list: (signal: AbortSignal) => Promise<Kind[]>;
  /** The whole report; lists leave its long parts out. */
  whole: (kind: string, version: number, signal: AbortSignal) => Promise<TrainingReport>;
  promote: (kind: string, version: number) => Promise<unknown>;
  rollBack: (kind: string) => Promise<{ in_force?: number | null }>;
  /** Where a training of this kind is ordered, followed and stopped. */
  training: (kind: string) => string;
  /** What serves where no version does. */
  without: Key;
}

type Listed = { kind: string; in_force?: number | null; degraded?: string | null; versions: { version: number; made_ms: number; bytes: number; report: unknown }[] };

function kinds(answer: { kinds: readonly unknown[] }): Kind[] {
  return (answer.kinds as Listed[]).map((one) => ({
    kind: one.kind,
    inForce: one.in_force ?? null,
    degraded: one.degraded ?? null,
    versions: one.versions.map((of) => ({ version: of.version, madeMs: of.made_ms, bytes: of.bytes, report: read(of.report) })).reverse(),
  }));
}

export function rankers(shop: ShopHere): Registry {
  const at = (...parts: string[]) => shop.path("rankers", ...parts);
  return {
    name: "rankers",
    lead: "models.rankersLead",
    words: "ranker",
    route: "GET /v1/{shop}/rankers",
    list: async (signal) => kinds(await api.get<Schemas["RankersAnswer"]>(at(), {}, signal)),
    whole: async (kind, version, signal) => read((await api.get<{ report: unknown }>(at(kind, String(version)), {}, signal)).report),
    promote: (kind, version) => api.post(at(kind, String(version), "promote"), undefined),
    rollBack: (kind) => api.post(at(kind, "roll-back"), undefined),
    training: (kind) => at(kind, "train"),
    without: "models.untrainedServes",
  };
}

export function recommenders(shop: ShopHere): Registry {
  const at = (...parts: string[]) => shop.path("recommenders", ...parts);
  const list = async (signal: AbortSignal) => kinds(await api.get<Schemas["RecommendersAnswer"]>(at(), {}, signal));
  return {
    name: "recommenders",
    lead: "models.recommendersLead",
    words: "recommend",
    route: "GET /v1/{shop}/recommenders",
    list,
    whole: async (kind, version, signal) => {
      const found = (await list(signal)).find((one) => one.kind === kind)?.versions.find((one) => one.version === version);
      if (!found) throw new Error(t("models.noReport"));
      return found.report;
    },
    promote: (kind, version) => api.post(at("promote"), { kind, version }),
    rollBack: (kind) => api.post(at("roll-back"), { kind }),
    training: () => at("train"),
    without: "models.liveServes",
  };
}
