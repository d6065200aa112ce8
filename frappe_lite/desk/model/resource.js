/**
 * What a component shows of the server: `const { data, error, loading, reload } = useResource(fetcher, [what it depends
 * on])`.
 */
import { documents } from "./api.js";
import { useEffect, useState } from "./view.js";

/**
 * Call `fetcher(signal)` now and whenever a dependency changes. Earlier data stays until the new is there, so nothing
 * flickers; `key`, if it changed, forgets it.
 * @template T @param {(signal: AbortSignal) => Promise<T>} fetcher
 */
export function useResource(fetcher, dependencies, key = "") {
  const [state, setState] = useState({ key, loading: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    setState((before) => ({ ...(before.key === key ? before : {}), key, loading: true }));
    fetcher(stop.signal).then(
      (data) => stop.signal.aborted || setState({ key, data, loading: false }),
      (error) => stop.signal.aborted || setState((before) => ({ ...before, error, loading: false })),
    );
    return () => stop.abort();
  }, [...dependencies, key, turn]);
  const current = state.key === key ? state : { loading: true };
  return { ...current, reload: () => setTurn((before) => before + 1) };
}

/** Rows of a DocType, as `documents.list` has them. */
export const useList = (doctype, query, dependencies = []) =>
  useResource((signal) => documents.list(doctype, query, { signal }).then(({ data }) => data), dependencies);
