import { useEffect, useRef, useState } from "preact/hooks";

/**
 * Milliseconds of the browser's steady clock; the component is drawn again every second while the page is visible.
 * @returns {number}
 */
export function useNow() {
  const [now, setNow] = useState(() => performance.now());
  useEvery(1000, () => setNow(performance.now()));
  return Math.max(now, 0);
}

/**
 * Calls `act` every so many milliseconds while the page is visible.
 * @param {number} milliseconds
 * @param {() => void} act the latest one is called
 */
export function useEvery(milliseconds, act) {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const timer = setInterval(() => document.hidden || latest.current(), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
}
