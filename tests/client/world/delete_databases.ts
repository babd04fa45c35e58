import type { IDBFactory } from "fake-indexeddb";

/** Throws all databases of `factory` away, as a browser does, also under open pages; resolves when they are gone. */
export async function deleteDatabases(factory: IDBFactory): Promise<void> {
  for (const { name } of await factory.databases()) {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    factory.deleteDatabase(name!).onsuccess = resolve;
    await promise;
  }
}
