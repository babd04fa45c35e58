/**
 * The review of one conflict in a modal dialog. It shows the conflict as it is now: when either side moves
 * meanwhile the person is told and looks again, when it is settled elsewhere the dialog closes.
 */
import type { JsonObject } from "../../../shared/mod.ts";
import type { OpenConflict, SyncClientError } from "../../sync_client_api.ts";
import type { TemplateResult } from "../templates.ts";
import { type ConflictSides, conflictSides, type Side } from "./conflict_sides.ts";
import { readableName } from "../panel/readable_name.ts";
import type { Modal } from "./modal.ts";
import type { ReviewText } from "./review_messages.ts";
import { carriedOver, pickOwn, pickSide, type ReviewField, reviewResult } from "./review_fields.ts";
import { reviewTemplate } from "./review_view.ts";

/** What a review needs of the panel. */
export interface ReviewContext {
  modal: Modal;
  text: ReviewText;
  title(conflict: OpenConflict): string;
  /** Open conflicts as they are now. */
  list(): readonly OpenConflict[];
  /** The record as this device sees it. */
  live(conflict: OpenConflict): Readonly<JsonObject> | undefined;
  /** Rejects as `SyncClient.resolve` does. */
  resolve(id: string, choice: Side | JsonObject): Promise<void>;
  /** Says something in the panel. */
  say(notice: string): void;
}

/** A review; it ends when its modal closes. */
export class Review {
  #sides!: ConflictSides;
  #fields: ReviewField[] = [];
  #notice = "";
  #isSettling = false;

  constructor(private readonly context: ReviewContext, private conflict: OpenConflict) {
    this.#read([]);
    context.modal.open(this, this.#template());
  }

  /** Looks at the conflict again, after anything moved. */
  refresh(): void {
    const { context, conflict } = this;
    if (this.#isSettling) return;
    const now = context.list().find(({ id }) => id === conflict.id);
    if (!now) {
      context.modal.close(this);
      context.say(context.text("elsewhere"));
    } else if (JSON.stringify(now) !== JSON.stringify(conflict)) {
      this.conflict = now;
      this.#changedAgain();
    } else this.draw();
  }

  /** Draws it, also in another language. */
  draw(): void {
    this.context.modal.draw(this, this.#template());
  }

  #template(): TemplateResult {
    const { context, conflict } = this;
    return reviewTemplate({
      title: context.title(conflict),
      sides: this.#sides,
      fields: this.#fields,
      notice: this.#notice,
      text: context.text,
      pick: (index, side) => this.#put(index, pickSide(this.#fields[index]!, side)),
      edit: (index, typed) => this.#put(index, pickOwn(this.#fields[index]!, typed)),
      settle: (choice) => void this.#settle(choice),
      close: () => context.modal.close(this),
    });
  }

  #read(before: readonly ReviewField[]): void {
    const { conflict } = this;
    this.#sides = conflictSides(conflict, this.context.live(conflict));
    this.#fields = carriedOver(before, this.#sides.fields, this.#sides.restores ?? conflict.winner);
  }

  #put(index: number, field: ReviewField): void {
    this.#fields[index] = field;
    this.draw();
  }

  #changedAgain(): void {
    this.#read(this.#fields);
    this.#tell(this.context.text("again"));
  }

  /** In the dialog, or in the panel once a person has closed it. */
  #tell(notice: string): void {
    this.#notice = notice;
    if (!this.context.modal.shows(this)) this.context.say(notice);
    this.draw();
  }

  async #settle(asked: Side | "result"): Promise<void> {
    if (this.#isSettling) return;
    const { context, conflict } = this;
    const result = this.#choice(asked);
    if (!result.ok) return this.#tell(`${readableName(result.fieldName)}: ${result.problem}`);
    this.#isSettling = true;
    const refusal = await context.resolve(conflict.id, result.choice).then(() => null, (error) => error);
    this.#isSettling = false;
    if (!refusal) return context.modal.close(this);
    const { code, message } = refusal as SyncClientError;
    if (code === "changed_again") {
      this.conflict = context.list().find(({ id }) => id === conflict.id) ?? conflict;
      return this.#changedAgain();
    }
    this.#tell(message);
    if (context.modal.shows(this)) this.refresh();
  }

  #choice(asked: Side | "result") {
    return asked === "result"
      ? reviewResult(this.#fields, this.context.text)
      : { ok: true as const, choice: asked };
  }
}
