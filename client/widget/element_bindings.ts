/** What one element binds: fetches the bindings where an attribute asks for them, and keeps trying. */
import type { BindingOptions } from "./bind/bindings.ts";
import { loadBindings } from "./load_bindings.ts";

/** Wait before the bindings are fetched again after a failure. */
const retryMs = 5000;

/** Binds what `options` name; returns the end of it. */
export function bindElement(options: BindingOptions): () => void {
  if (!options.bind && !options.watchStorage) return () => {};
  let stop = () => {};
  let isStopped = false;
  const start = () => {
    loadBindings().then(({ startBindings }) => {
      if (!isStopped) stop = startBindings(options);
    }, () => {
      if (!isStopped) stop = options.clock.setTimer(retryMs, start);
    });
  };
  start();
  return () => {
    isStopped = true;
    stop();
  };
}
