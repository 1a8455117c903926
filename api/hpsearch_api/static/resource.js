import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { Unreachable } from "./api.js";
import { noteConnection, watch } from "./live.js";

/**
 * What a page shows of the server: the last value, the error of the last look, and how to look again.
 * @template T
 * @typedef {{value: T | null, error: Error | null, refresh: () => Promise<void>}} Resource
 */

/**
 * Loads, and loads again whenever something changes. While the server does not answer, the last value stays.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {string} events the path of the events that tell of changes
 * @param {unknown[]} inputs what `load` depends on; another value starts afresh
 * @returns {Resource<T>}
 */
export function useResource(load, events, inputs) {
  const [state, setState] = useState(/** @type {{value: T | null, error: Error | null}} */ ({ value: null, error: null }));
  const aborter = useRef(new AbortController());
  const latest = useRef(load);
  latest.current = load;

  const refresh = useCallback(async () => {
    const { signal } = aborter.current;
    try {
      const value = await latest.current(signal);
      if (signal.aborted) return;
      noteConnection(true);
      setState({ value, error: null });
    } catch (error) {
      if (signal.aborted) return;
      const gone = error instanceof Unreachable;
      noteConnection(!gone);
      const found = error instanceof Error ? error : new Error(String(error));
      setState((before) => ({ value: gone ? before.value : null, error: found }));
    }
  }, []);

  useEffect(() => {
    aborter.current = new AbortController();
    setState({ value: null, error: null });
    const stop = watch(events, refresh);
    return () => {
      stop();
      aborter.current.abort();
    };
  }, [events, ...inputs]);

  return { ...state, refresh };
}
