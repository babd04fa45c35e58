/**
 * I8, as an app sees it that listens: every second page keeps a copy of what it shows by nothing but what its
 * listeners are told, and reads again only the records that an event names. Whenever the events are over, the copy
 * is what `list()` gives: no change of the view goes untold.
 *
 * The other pages keep none: a page that asks for nothing has nothing cached, which is a way of its own.
 */
import type { JsonObject } from "../../../shared/mod.ts";
import type { ViewChange } from "../../../client/sync_client_api.ts";
import type { Page } from "../page.ts";
import type { VerdictOnRun } from "./verdict_on_run.ts";

type Entity = Readonly<JsonObject>;

/** One page's copy. */
interface Copy {
  /** Entities by id, type by type. */
  readonly types: Map<string, Map<string, Entity>>;
  /** The lists that it was last compared with: as long as they are the same arrays, nothing has moved. */
  readonly lists: Map<string, readonly Entity[]>;
}

/** Every type that these worlds have. */
const entityTypes = ["goal", "note"];

export class ListenerChecks {
  readonly #copies = new Map<Page, Copy>();
  #opened = 0;

  constructor(private readonly run: VerdictOnRun) {}

  /** A page has opened: every second one listens from the beginning. */
  listen(page: Page): void {
    if (this.#opened++ % 2 === 1) return;
    const copy: Copy = { types: new Map(), lists: new Map() };
    this.#copies.set(page, copy);
    page.client.subscribe("*", (change) => follow(page, copy, change));
  }

  /** Nothing more happens at this moment. */
  afterEvent(): void {
    for (const [page, copy] of this.#copies) {
      if (page.dead) this.#copies.delete(page);
      else for (const type of entityTypes) this.#check(page, copy, type);
    }
  }

  #check(page: Page, { types, lists }: Copy, type: string): void {
    const list = page.client.list(type);
    if (lists.get(type) === list) return;
    lists.set(type, list);
    const copied = new Set(types.get(type)?.values());
    this.run.hold(
      "I8",
      list.length === copied.size && list.every((entity) => copied.has(entity)),
      () =>
        `${page.name} lists ${JSON.stringify(list)} of ${type}, but its listeners know ${
          JSON.stringify([...copied])
        }`,
    );
  }
}

/** Reads again what an event names. */
function follow(page: Page, { types, lists }: Copy, { type, ids }: ViewChange): void {
  const copied = types.get(type) ?? new Map<string, Entity>();
  types.set(type, copied);
  lists.delete(type);
  for (const id of ids) {
    const entity = page.client.get(type, id);
    if (entity) copied.set(id, entity);
    else copied.delete(id);
  }
}
