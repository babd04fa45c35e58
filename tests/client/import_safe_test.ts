import { assertEquals } from "@std/assert";

/** A bare worker: no document, window, indexedDB, localStorage, navigator.locks or BroadcastChannel. */
const bare = `
  for (const name of ["document", "window", "indexedDB", "localStorage", "BroadcastChannel", "CompressionStream"]) {
    Object.defineProperty(globalThis, name, { value: undefined, configurable: true });
  }
  const before = Object.keys(globalThis).length;
  try {
    const { createSyncClient, memoryStore } = await import(${
  JSON.stringify(import.meta.resolve("../../client/mod.ts"))
});
    const added = Object.keys(globalThis).length - before;
    const client = createSyncClient({
      endpoint: "https://sync.test/api/sync/v2",
      getToken: () => null,
      autoSync: false,
      ports: { store: memoryStore() },
    });
    await client.ready;
    const id = await client.create("goal", { title: "server side" });
    const result = { added, title: client.get("goal", id).title, state: client.status.pending };
    await client.close();
    postMessage(result);
  } catch (error) {
    postMessage({ error: String(error) });
  }
`;

Deno.test("the engine can be imported and used where there is no page at all", async () => {
  const url = URL.createObjectURL(new Blob([bare], { type: "application/javascript" }));
  const worker = new Worker(url, { type: "module" });
  const result = await new Promise((resolve, reject) => {
    worker.onmessage = (event) => resolve(event.data);
    worker.onerror = (event) => reject(new Error(event.message));
  });
  worker.terminate();
  URL.revokeObjectURL(url);
  assertEquals(result, { added: 0, title: "server side", state: 1 });
});
