import { useCallback, useState } from "preact/hooks";
import { tidy, type Curation } from "../../lib/curation";

/** How many steps back are kept. */
const STEPS = 100;

interface State {
  now: Curation;
  /** What the server has. */
  saved: Curation;
  past: Curation[];
  /** What was last changed: more of the same kind, such as letters of a name, is one step. */
  last: string;
}

export interface Editing {
  now: Curation;
  isSaved: boolean;
  /** Changes it. With a `kind`, changes of the same kind in a row are one step. */
  change: (to: (now: Curation) => Curation, kind?: string) => void;
  stepBack: (() => void) | null;
  /** The server has what was sent, written so; what was changed since it was sent stays changed. */
  settle: (saved: Curation, sent: Curation) => void;
  /** The server has it otherwise; the steps back are gone. */
  restart: (saved: Curation) => void;
}

/** A curation while it is edited, with the steps back. */
export function useEditing(begin: Curation): Editing {
  const [state, setState] = useState<State>({ now: begin, saved: begin, past: [], last: "" });
  const change = useCallback((to: (now: Curation) => Curation, kind = "") => setState((old) => {
    const isMore = kind !== "" && kind === old.last;
    return { ...old, now: to(old.now), past: isMore ? old.past : [...old.past, old.now].slice(-STEPS), last: kind };
  }), []);
  const stepBack = () => setState((old) => ({ ...old, now: old.past.at(-1) ?? old.now, past: old.past.slice(0, -1), last: "" }));
  return {
    now: state.now,
    isSaved: JSON.stringify(tidy(state.now)) === JSON.stringify(tidy(state.saved)),
    change,
    stepBack: state.past.length ? stepBack : null,
    settle: (saved, sent) => setState((old) => ({ ...old, now: old.now === sent ? saved : old.now, saved, last: "" })),
    restart: (saved) => setState({ now: saved, saved, past: [], last: "" }),
  };
}
