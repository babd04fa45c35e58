/** Loads the bindings; in a bundle, their chunk. See `load_panel.ts`. */

/** Loads the bindings' module; rejects when it cannot be fetched. */
export function loadBindings(): Promise<typeof import("./bind/bindings.ts")> {
  return import("./bind/bindings.ts");
}
