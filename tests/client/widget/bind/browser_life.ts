/**
 * A random life of one browser that two people use in turn, each with another device beside it. Whatever the order of
 * page writes, other devices' changes, full storages, reloads and changes of account: no item is lost, none that
 * was deleted comes back, and none is ever somebody else's. Items are told apart by ids that are used once.
 */
import { assertEquals } from "@std/assert";
import { memoryStore, type SyncClient } from "../../../../client/mod.ts";
import { newServer, settle } from "./in_process.ts";
import { people, type Person, type Step } from "./life_steps.ts";
import { entityType, key, noteKey, PageStorage, WatchedPage } from "./watched_page.ts";

interface Item {
  id: string;
  note: string;
}

/** The browser, the devices beside it, and what must be true of them. */
export class Life {
  readonly #open = newServer();
  readonly #storage = new PageStorage();
  readonly #store = memoryStore();
  /** Whose each item is; of what was written while nobody was signed in, null until somebody is. */
  readonly #owners = new Map<string, Person | null>();
  readonly #deleted = new Set<string>();
  #signedIn: Person | null = null;
  /** What is going on while the page goes on. */
  #underWay: Promise<unknown>[] = [];
  #looks: Promise<unknown>[] = [];
  #addsOnSwitch = false;
  #page = this.#openPage();
  readonly #others = new Map<Person, SyncClient>(people.map((name) => [name, this.#open(name)]));

  #openPage(): WatchedPage {
    const page = new WatchedPage(this.#open, {
      user: () => this.#signedIn,
      storage: this.#storage,
      store: this.#store,
    });
    let user: string | null = null;
    page.client.addEventListener("status", ({ detail: { userId } }) => {
      for (const [id, owner] of this.#owners) {
        if (owner === null) this.#owners.set(id, userId as Person | null);
      }
      if (user === (user = userId) || !this.#addsOnSwitch) return;
      this.#addsOnSwitch = false;
      this.#add(page, 1, 0);
    });
    return page;
  }

  /** Whose page it is at this moment. */
  get #user(): Person | null {
    return this.#page.client.status.userId as Person | null;
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case "add":
        return this.#add(this.#page, step.count, step.size);
      case "addOnSwitch":
        this.#addsOnSwitch = true;
        return;
      case "startLook":
        this.#looks.push(this.#page.look());
        return await this.#turns(step.turns);
      case "edit":
        return this.#write((items) => ({
          items: items.map((item, i) =>
            i === step.pick % items.length ? { ...item, note: `${step.pick}` } : item
          ),
          done: () => {},
        }));
      case "delete":
        return this.#write((items) => {
          const gone = items[step.pick % items.length];
          return {
            items: items.filter((item) => item !== gone),
            done: () => gone && this.#deleted.add(gone.id),
          };
        });
      case "signIn":
        await this.#quiet();
        this.#signedIn = step.who;
        return this.#begin(this.#page.client.signIn(), step.turns);
      case "logout":
        await this.#quiet();
        return this.#begin(this.#logout(), step.turns);
      case "remoteAdd": {
        const id = `item-${this.#owners.size}`;
        this.#owners.set(id, step.who);
        await this.#others.get(step.who)!.create(entityType, { id, note: "elsewhere" });
        return await this.#syncOther(step.who);
      }
      case "remoteDelete": {
        await this.#syncOther(step.who);
        const items = this.#others.get(step.who)!.list(entityType);
        const gone = items[step.pick % items.length]?.id as string | undefined;
        if (gone === undefined) return;
        this.#deleted.add(gone);
        await this.#others.get(step.who)!.remove(entityType, gone);
        return await this.#syncOther(step.who);
      }
      case "full":
        // Somebody's array must have been noted as theirs once: without that nothing tells whose it is.
        if (this.#storage.texts.has(noteKey)) this.#storage.sizeMax = this.#storage.size + step.spare;
        return;
      case "roomy":
        this.#storage.sizeMax = Infinity;
        return;
      case "clearKey":
        await this.#quiet();
        await this.#page.look();
        // What nobody has seen yet is thrown away by the page itself, and an array is what it says it is.
        if (this.#storage.sizeMax < Infinity || !this.#isSynced) return;
        this.#storage.texts.delete(key);
        return await this.#page.look();
      case "look":
        return await this.#page.look();
      case "sync":
        await this.#quiet();
        await this.#page.client.manualSync();
        return;
      case "reload":
        await this.#quiet();
        await Promise.all(this.#looks.splice(0));
        await this.#page.close();
        this.#page = this.#openPage();
        // The page has somebody as soon as the database is open, and nobody writes before.
        await this.#page.client.ready;
        return;
    }
  }

  #add(page: WatchedPage, count: number, size: number): void {
    this.#write((items) => {
      const added = Array.from({ length: count }, (_, i) => `item-${this.#owners.size + i}`);
      const user = page.client.status.userId as Person | null;
      return {
        items: [...items, ...added.map((id) => ({ id, note: "-".repeat(size) }))],
        done: () => added.forEach((id) => this.#owners.set(id, user)),
      };
    }, page);
  }

  /** The page reads its array and writes it, as far as there is room. */
  #write(change: (items: Item[]) => { items: Item[]; done(): void }, page = this.#page): void {
    const { items, done } = change((page.read() ?? []) as Item[]);
    try {
      page.write(items);
    } catch {
      return;
    }
    done();
  }

  async #begin(work: Promise<unknown>, turnsUntilNext: number): Promise<void> {
    this.#underWay.push(work);
    await this.#turns(turnsUntilNext);
  }

  async #turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn++) await Promise.resolve();
  }

  async #logout(): Promise<void> {
    try {
      await this.#page.client.logout();
      this.#signedIn = null;
    } catch (error) {
      assertEquals((error as { code?: string }).code, "pending_changes");
    }
  }

  async #quiet(): Promise<void> {
    await Promise.all(this.#underWay.splice(0));
  }

  get #isSynced(): boolean {
    const { userId, lastSyncTime, pending } = this.#page.client.status;
    return userId !== null && lastSyncTime !== null && pending === 0;
  }

  async #syncOther(name: Person): Promise<void> {
    const { error } = await this.#others.get(name)!.manualSync();
    assertEquals(error, undefined);
  }

  /** Nobody has what is another's. */
  check(): void {
    const user = this.#user;
    const views = [...this.#others].map(([name, client]) => [name, client] as const);
    for (const [name, client] of user === null ? views : [...views, [user, this.#page.client] as const]) {
      for (const { id } of client.list(entityType)) {
        assertEquals(this.#owners.get(id as string), name, `${id}`);
      }
    }
  }

  /** With room and network for everybody all of it is where it belongs. */
  async end(): Promise<void> {
    await this.#quiet();
    this.#storage.sizeMax = Infinity;
    for (const name of [...people, ...people]) {
      this.#signedIn = name;
      await this.#page.client.signIn();
      await this.#page.look();
      this.check();
      await this.#page.sync();
      await this.#syncOther(name);
      this.check();
    }
    for (const name of people) {
      this.#signedIn = name;
      await this.#page.client.signIn();
      await this.#page.sync();
      const alive = [...this.#owners].filter(([id, owner]) => owner === name && !this.#deleted.has(id));
      const expected = alive.map(([id]) => id).sort();
      const ids = (items: readonly unknown[]) => items.map((item) => (item as Item).id).sort();
      assertEquals(ids(this.#others.get(name)!.list(entityType)), expected, `${name}'s other device`);
      assertEquals(ids(this.#page.read()), expected, `${name}'s array`);
    }
  }

  async close(): Promise<void> {
    await this.#quiet();
    await Promise.all(this.#looks);
    await this.#page.close();
    for (const client of this.#others.values()) await client.close();
    await settle();
  }
}
