import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import { get, Unreachable } from "./api.js";
import { connection, noteConnection, serial, watch } from "./live.js";

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
  const { resource, begin, show } = useLook(load);
  const latest = useRef({ changed, value: resource.value });
  latest.current = { changed, value: resource.value };
  useEffect(() => {
    const end = begin();
    const stop = watch(events, resource.refresh, (change) => {
      const { changed: after, value: before } = latest.current;
      const value = before === null ? null : (after?.(before, change) ?? null);
      if (value === null) return false;
      latest.current.value = value;
      noteConnection(true);
      show(value);
      return true;
    });
    return () => {
      stop();
      end();
    };
  }, [events, ...inputs]);
  return resource;
}

/**
 * Loads, and loads again for each other `version` of the same thing, one look at a time; the last value stays meanwhile.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {string} key what is loaded; another one starts afresh
 * @param {unknown} version
 * @returns {Resource<T>}
 */
export function useVersions(load, key, version) {
  const { resource, begin } = useLook(load);
  const refresh = useMemo(() => serial(resource.refresh), []);
  useEffect(begin, [key]);
  useEffect(() => {
    refresh();
  }, [key, version]);
  // The version may be the same after a time without the server.
  useEffect(() => connection.follow(() => connection.value.online && refresh()), []);
  return { ...resource, refresh };
}

/**
 * A resource that is loaded when it is told to. `begin` forgets what was loaded before, and gives what ends it; `show` takes a value in.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load
 */
function useLook(load) {
  const [state, setState] = useState(/** @type {{value: T | null, error: Error | null}} */ ({ value: null, error: null }));
  const aborter = useRef(new AbortController());
  const latest = useRef(load);
  latest.current = load;

  const show = useCallback((/** @type {T} */ value) => setState({ value, error: null }), []);

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

  const begin = useCallback(() => {
    const own = new AbortController();
    aborter.current = own;
    setState({ value: null, error: null });
    return () => own.abort();
  }, []);

  return { resource: { ...state, refresh }, begin, show };
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
