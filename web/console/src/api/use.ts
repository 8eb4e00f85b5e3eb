import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./client";

/** Something asked of the server, as a page shows it. Old data stays while new is fetched, so that nothing jumps. */
export interface Asked<T> {
  data: T | undefined;
  error: ApiError | undefined;
  isLoading: boolean;
  reload: () => void;
}

export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, { code: "console", message: error instanceof Error ? error.message : String(error), docs: "" }, "");
}

/**
 * Asks when `what` changes, and every `every` milliseconds while the page can be seen. `what` names the question: an answer to
 * an earlier question is thrown away. A null `what` asks nothing.
 */
export function useAsked<T>(what: string | null, ask: (signal: AbortSignal) => Promise<T>, every = 0): Asked<T> {
  const [state, setState] = useState<{ of: string | null; data?: T; error?: ApiError; isLoading: boolean }>({ of: null, isLoading: what !== null });
  const [round, setRound] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    if (what === null) return undefined;
    const abort = new AbortController();
    setState((old) => (old.of === what ? { ...old, isLoading: true } : { of: what, isLoading: true }));
    latest.current(abort.signal).then(
      (data) => !abort.signal.aborted && setState({ of: what, data, isLoading: false }),
      (error: unknown) => !abort.signal.aborted && setState((old) => ({ ...old, error: toApiError(error), isLoading: false })),
    );
    return () => abort.abort();
  }, [what, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    if (!every) return undefined;
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), every);
    return () => clearInterval(timer);
  }, [every, reload]);
  const isOfNow = state.of === what;
  return { data: isOfNow ? state.data : undefined, error: isOfNow ? state.error : undefined, isLoading: what !== null && (!isOfNow || state.isLoading), reload };
}

/** Something done on the reader's order: one at a time, with what went wrong. */
export function useDoing(): { isBusy: boolean; error: ApiError | undefined; run: (work: () => Promise<unknown>) => Promise<boolean>; clear: () => void } {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | undefined>();
  const run = useCallback(async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(undefined);
    try {
      await work();
      return true;
    } catch (caught) {
      setError(toApiError(caught));
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  return { isBusy, error, run, clear: () => setError(undefined) };
}
