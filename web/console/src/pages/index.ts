import type { JSX } from "preact";
import type { Place } from "../lib/place";
import { Catalogue } from "./catalogue/index";
import { Experiments } from "./experiments/index";
import { History } from "./history";
import { Keys } from "./keys";
import { Live } from "./live";
import { Merchandising } from "./merchandising/index";
import { Models } from "./models/index";
import { Online } from "./online";
import { Overview } from "./overview/index";
import { Queries } from "./queries";
import { Recommend } from "./recommend";
import { Settings } from "./settings";
import { Strategies } from "./strategies";
import { Synonyms } from "./synonyms";
import { Workbench } from "./workbench/index";

/** The pages by their section of the address. A new page is one file and one line here, and one in the frame's list. */
export const PAGES: Record<string, (props: { place: Place }) => JSX.Element> = {
  overview: Overview,
  live: Live,
  workbench: Workbench,
  queries: Queries,
  merchandising: Merchandising,
  synonyms: Synonyms,
  recommend: Recommend,
  catalogue: Catalogue,
  models: Models,
  experiments: Experiments,
  online: Online,
  strategies: Strategies,
  settings: Settings,
  history: History,
  keys: Keys,
};
