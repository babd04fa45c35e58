/**
 * `HTMLElement` where there is one. The build puts it in the place of the global, so that a server that renders
 * pages can import the bundle: Lit's browser code extends the class at import.
 */
const elementBase = globalThis.HTMLElement ?? class {};
export { elementBase as HTMLElement };
