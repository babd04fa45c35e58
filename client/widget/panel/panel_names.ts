/** How changes and conflicts are named in one panel: by the site's template, its `describe`, or their titles. */
import type { JsonObject } from "../../../shared/mod.ts";
import type { ChangeRecord, OpenConflict } from "../../sync_client_api.ts";
import { changeName } from "./change_name.ts";
import { ChangeTemplate } from "./change_template.ts";
import type { PanelContext } from "./panel_context.ts";
import type { PanelText } from "./panel_messages.ts";

/** The names of one panel. */
export class PanelNames {
  readonly #template: ChangeTemplate;
  #failing: unknown;

  constructor(private readonly context: PanelContext, private readonly text: PanelText) {
    this.#template = new ChangeTemplate(context.element);
  }

  /** The whole panel is drawn anew from here on. */
  begin(): void {
    this.#template.begin();
  }

  /** The entity of a change as this device sees it. */
  record({ entityType, entityId }: ChangeRecord): Readonly<JsonObject> | undefined {
    return this.context.client()?.get?.(entityType, entityId);
  }

  /** As plain text. */
  name(change: ChangeRecord): string {
    return this.#siteName(change) ?? changeName(change, this.record(change), this.text);
  }

  /** As the site draws it. */
  describe(change: ChangeRecord): unknown {
    const record = { ...this.record(change), ...change.data };
    return this.#template.draw(change, record) ?? this.name(change);
  }

  /** The conflict as the change that this device had made, so that it is named like one. */
  conflicted(conflict: OpenConflict): ChangeRecord {
    const { id, entityType, entityId, reason, winner, fields, base, theirs, noticedAt } = conflict;
    const mine = fields.filter((field) => Object.hasOwn(field, "mine")).map(({ name, mine }) => [name, mine]);
    const isDeletion = reason === "updated_on_server" && winner === "mine";
    return {
      changeId: id,
      type: isDeletion ? "DELETED" : reason === "already_exists" ? "CREATED" : "UPDATED",
      entityType,
      entityId,
      data: { ...theirs?.data, ...base, ...Object.fromEntries(mine) },
      timestamp: noticedAt,
      baseVersion: 0,
      retryCount: 0,
    };
  }

  /** By the site's `describe`; one that throws must not leave the panel half drawn. */
  #siteName(change: ChangeRecord): string | undefined {
    const { element } = this.context;
    try {
      const name: unknown = element.describe?.(change);
      return name === undefined || name === null ? undefined : String(name);
    } catch (error) {
      // Once for each function: the panel is drawn every second.
      if (this.#failing !== element.describe) reportError(error);
      this.#failing = element.describe;
    }
  }
}
