/**
 * What the console is told as an error while `work` runs on a host that has no `reportError`, as Node 20 has none.
 */
export async function withoutReportError(work: () => Promise<void>): Promise<unknown[]> {
  const { reportError } = globalThis;
  const { error } = console;
  const said: unknown[] = [];
  Object.assign(globalThis, { reportError: undefined });
  console.error = (what) => said.push(what);
  try {
    await work();
  } finally {
    Object.assign(globalThis, { reportError });
    console.error = error;
  }
  return said;
}
