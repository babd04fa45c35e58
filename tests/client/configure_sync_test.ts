/**
 * The usage examples of the original document, verbatim but for the store of their framework: `create` and
 * `set` stand in for it.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  changeQueue,
  changeQueueDebug,
  configureSync,
  type JsonObject,
  syncV2Api,
  useSyncTriggers,
} from "../../client/mod.ts";
import { World } from "./world/world.ts";

type Entry = JsonObject & { id: string };
interface LogbookState {
  entries: Entry[];
  createEntry(entryData: JsonObject): Promise<string>;
  updateEntry(id: string, updates: JsonObject): Promise<void>;
}

function create(
  make: (
    set: (next: (state: LogbookState) => Partial<LogbookState>) => void,
  ) => Omit<LogbookState, "entries">,
) {
  const state = { entries: [] } as unknown as LogbookState;
  return Object.assign(state, make((next) => void Object.assign(state, next(state))));
}

let made = 0;
const nanoid = () => `nano-${++made}`;

Deno.test("the document's examples work as documented", async () => {
  assertThrows(() => syncV2Api.isSyncing, TypeError, "configureSync");
  await using world = new World();
  const device = world.device();
  world.adopt(configureSync({
    endpoint: world.endpoint,
    getToken: () => world.token("ada"),
    ports: {
      store: device.store,
      clock: world.clock,
      transport: device.transport(),
      lock: device.lock(),
      channel: device.channel(),
    },
  }));

  const useLogbookStore = create((set) => ({
    createEntry: async (entryData) => {
      const entry = { ...entryData, id: nanoid() };

      // 1. Immediately update UI
      set((state) => ({ entries: [entry, ...state.entries] }));

      // 2. Queue for sync (non-blocking)
      await syncV2Api.queueChange({
        type: "CREATED",
        entityType: "logbook_entry",
        entityId: entry.id,
        data: entry,
      });

      // 3. Background sync happens automatically
      return entry.id;
    },
    updateEntry: async (id, updates) => {
      // 1. Optimistic UI update
      set((state) => ({
        entries: state.entries.map((e) => (e.id === id ? { ...e, ...updates } : e)),
      }));

      // 2. Queue only the changes (not full object)
      await syncV2Api.queueChange({
        type: "UPDATED",
        entityType: "logbook_entry",
        entityId: id,
        data: updates, // Only changed fields
      });
    },
  }));

  const id = await useLogbookStore.createEntry({ duration: 45 });
  await useLogbookStore.updateEntry(id, { notes: "left hand" });
  assertEquals(useLogbookStore.entries, [{ duration: 45, id, notes: "left hand" }]);

  // View pending changes
  const changes = await changeQueue.getAllPendingChanges();
  assertEquals(changes.map(({ type, entityId }) => [type, entityId]), [["CREATED", id], ["UPDATED", id]]);

  // Export sync data
  const exported = await changeQueueDebug.export(); // Downloads JSON file
  assertEquals(exported.changes.map(({ data }) => data), [{ duration: "<number>", id: "<string>" }, {
    notes: "<string>",
  }]);

  const { manualSync, isSyncing } = useSyncTriggers();
  const stats = await syncV2Api.getLocalStats();
  assertEquals([stats.pendingChanges, stats.failedChanges, isSyncing], [2, 0, false]);
  assert(new Date(stats.lastSyncTime || 0) instanceof Date);

  const told: boolean[] = [];
  const unsubscribe = useSyncTriggers().subscribe(() => told.push(useSyncTriggers().isSyncing));
  for (let times = 1; times <= 2; times++) {
    assertEquals((await manualSync()).success, true);
    assertEquals([told[0], told.at(-1)], [true, false], "subscribers hear of the sync and of its end");
    told.length = 0;
  }
  unsubscribe();
  assertEquals((await manualSync()).success, true);
  assertEquals(told, []);

  // Force sync with debug logging
  const forced = await syncV2Api.forceSync();
  assertEquals([forced.success, forced.changesPushed], [true, 0]);
  assertEquals((await syncV2Api.getStatus()).totalChanges, 2);
  assertEquals(await changeQueue.getFailedChanges(), []);
});

Deno.test("options that are refused close nothing: the page's client goes on", async () => {
  await using world = new World();
  const device = world.device();
  const { clock, endpoint } = world;
  const ports = { store: device.store, clock, transport: device.transport(), lock: device.lock() };
  const first = world.adopt(configureSync({ endpoint, getToken: () => world.token("ada"), ports }));
  assertThrows(() => configureSync({ endpoint, getToken: "a token" as never }), TypeError, "getToken");
  await first.create("goal", { id: "g" });
  assertEquals([syncV2Api.isSyncing, first.status.pending], [false, 1]);
});

Deno.test("a function that is subscribed to the triggers twice is two subscriptions", async () => {
  await using world = new World();
  const client = world.adopt(configureSync({
    endpoint: world.endpoint,
    getToken: () => world.token("ada"),
    ports: { store: world.device().store, clock: world.clock },
  }));
  await client.ready;
  let heard = 0;
  const listener = () => heard++;
  const [stopFirst, stopSecond] = [0, 1].map(() => useSyncTriggers().subscribe(listener));
  client.dispatchEvent(new Event("syncing"));
  assertEquals(heard, 2);
  stopFirst!();
  client.dispatchEvent(new Event("syncing"));
  assertEquals(heard, 3);
  stopSecond!();
});
