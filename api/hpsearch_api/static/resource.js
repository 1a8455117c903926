import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { get, Unreachable } from "./api.js";
import { noteConnection, watch } from "./live.js";

/** @import { StudyChange } from "./wire.js" */

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
 * @param {(value: T, change: StudyChange) => T | null} [changed] the value after a change; null where it must be loaded again
 * @returns {Resource<T>}
 */
export function useResource(load, events, inputs, changed) {
  const [state, setState] = useState(/** @type {{value: T | null, error: Error | null}} */ ({ value: null, error: null }));
  const aborter = useRef(new AbortController());
  const latest = useRef({ load, changed, value: state.value });
  latest.current = { load, changed, value: state.value };

  const refresh = useCallback(async () => {
    const { signal } = aborter.current;
    try {
      const value = await latest.current.load(signal);
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
    const stop = watch(events, refresh, (change) => {
      const { changed: after, value: before } = latest.current;
      const value = before === null ? null : (after?.(before, change) ?? null);
      if (value === null) return false;
      latest.current.value = value;
      noteConnection(true);
      setState({ value, error: null });
      return true;
    });
    return () => {
      stop();
      aborter.current.abort();
    };
  }, [events, ...inputs]);

  return { ...state, refresh };
}

/**
 * What is drawn from a study: an answer of the API below the study's path, loaded again when the study changes.
 * @template T
 * @param {string} study
 * @param {string} path with its query, such as "/advice"
 * @param {(value: T, change: StudyChange) => T | null} [changed]
 * @returns {Resource<T>}
 */
export function useOfStudy(study, path, changed) {
  const base = `/studies/${encodeURIComponent(study)}`;
  return useResource((signal) => /** @type {Promise<T>} */ (get(base + path, signal)), `/api/v1${base}/events`, [base + path], changed);
}
