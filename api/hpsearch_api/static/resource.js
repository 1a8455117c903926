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
  const key = useMemo(() => ({}), [events, ...inputs]);
  const { resource, begin, show } = useLook(load, key);
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
  }, [key]);
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
  const { resource, begin } = useLook(load, key);
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
 * A resource that is loaded when it is told to. What was loaded under another key is none of its value. `begin` gives what ends the looks
 * under a key; `show` takes a value in.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {unknown} key
 */
function useLook(load, key) {
  const [state, setState] = useState({ key, value: /** @type {T | null} */ (null), error: /** @type {Error | null} */ (null) });
  const aborter = useRef(new AbortController());
  const latest = useRef({ load, key });
  latest.current = { load, key };

  const show = useCallback((/** @type {T} */ value) => setState({ key: latest.current.key, value, error: null }), []);

  const refresh = useCallback(async () => {
    const { signal } = aborter.current;
    const { load, key } = latest.current;
    try {
      const value = await load(signal);
      if (signal.aborted) return;
      noteConnection(true);
      setState({ key, value, error: null });
    } catch (error) {
      if (signal.aborted) return;
      const gone = error instanceof Unreachable;
      noteConnection(!gone);
      const found = error instanceof Error ? error : new Error(String(error));
      setState((before) => ({ key, value: gone && before.key === key ? before.value : null, error: found }));
    }
  }, []);

  const begin = useCallback(() => {
    const own = new AbortController();
    aborter.current = own;
    return () => own.abort();
  }, []);

  const { value, error } = state.key === key ? state : { value: null, error: null };
  return { resource: { value, error, refresh }, begin, show };
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
