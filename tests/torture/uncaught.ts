/** Errors that nobody caught, in a process that runs clients as pages do: each is a finding, none ends the run. */
import type { Findings } from "./findings.ts";

/** Listens until the returned function is called. */
export function catchUncaught(findings: Findings): () => void {
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    findings.add("no uncaught error", describe(event.error ?? event.message));
  };
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    findings.add("no uncaught error", describe(event.reason));
  };
  globalThis.addEventListener("error", onError);
  globalThis.addEventListener("unhandledrejection", onRejection);
  return () => {
    globalThis.removeEventListener("error", onError);
    globalThis.removeEventListener("unhandledrejection", onRejection);
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
