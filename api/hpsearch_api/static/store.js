import { useEffect, useState } from "preact/hooks";

/**
 * A value that components follow.
 * @template T
 */
export class Store {
  /** @param {T} value */
  constructor(value) {
    this.value = value;
    /** @type {Set<() => void>} */
    this.followers = new Set();
  }

  /**
   * Replaces the value and tells the followers; the very same value tells nobody.
   * @param {T} value
   */
  set(value) {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const follower of [...this.followers]) follower();
  }

  /**
   * @param {() => void} follower
   * @returns {() => void} ends it
   */
  follow(follower) {
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }
}

/**
 * The store's value; the component is drawn again when it changes.
 * @template T
 * @param {Store<T>} store
 * @returns {T}
 */
export function useStore(store) {
  const [, draw] = useState(store.value);
  useEffect(() => {
    draw(() => store.value);
    return store.follow(() => draw(() => store.value));
  }, [store]);
  return store.value;
}
