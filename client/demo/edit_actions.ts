/**
 * Adding, editing, deleting, and taking a deletion back. Every write is on this device before the next line
 * runs; the network has no part in it. An edit sends only what differs from what the form showed.
 */
import type { JsonObject } from "../../shared/mod.ts";
import type { SyncClient } from "../sync_client_api.ts";
import { byId, element } from "./element.ts";
import { createEndsNow } from "./ends_now.ts";
import { editedEntry, entryValues, newEntry, newEntryValues } from "./entry_form.ts";
import { focusControl } from "./focused_control.ts";
import { type AskForm, createFormDialog, type FormValues } from "./form_dialog.ts";
import type { GoalActions } from "./goal_card.ts";
import { editedGoal, goalValues, newGoal, tickedGoal } from "./goal_form.ts";
import {
  entryTitle,
  goalStatuses,
  goalTitle,
  kindName,
  moods,
  readEntry,
  readGoal,
  sessionKinds,
} from "./records.ts";
import { isStored, type PageNote } from "./page_note.ts";
import { repertoire } from "./repertoire.ts";
import { createUndoToast } from "./undo_toast.ts";

/** What buttons and rows call. */
export interface EditActions {
  addEntry(): void;
  addGoal(): void;
  entries: { edit(id: string): void; remove(id: string): void };
  goals: GoalActions;
}

/** Wires the dialogs; what could not be stored is said in the note. */
export function createEditActions(sync: SyncClient, note: PageNote): EditActions {
  const entryDialog = byId<HTMLDialogElement>("entry-dialog");
  const goalDialog = byId<HTMLDialogElement>("goal-dialog");
  fillChoices(entryDialog, goalDialog);
  const askEntry = createFormDialog(entryDialog);
  const askGoal = createFormDialog(goalDialog);
  const endNow = createEndsNow(entryDialog);
  const offerUndo = createUndoToast(byId("toast"));
  const newId = () => crypto.randomUUID();
  const store = (write: Promise<unknown>) => isStored(write, note);

  function update(type: string, id: string, fields: JsonObject): void {
    if (Object.keys(fields).length) store(sync.update(type, id, fields));
  }

  /** Opens the form of a record and lets it follow the record until it is closed. */
  function edit(
    form: { dialog: HTMLDialogElement; ask: AskForm; title: string },
    { type, id }: { type: string; id: string },
    show: (data: Readonly<JsonObject>) => FormValues,
    write: (data: Readonly<JsonObject>, edited: FormValues) => JsonObject,
  ): void {
    const data = sync.get(type, id);
    if (!data) return;
    const follow = form.ask(
      form.title,
      show(data),
      (_, edited) => update(type, id, write(sync.get(type, id) ?? data, edited)),
    );
    const stop = sync.subscribe(type, ({ ids }) => {
      const now = sync.get(type, id);
      if (ids.includes(id)) follow(now && show(now));
    });
    form.dialog.addEventListener("close", stop, { once: true });
  }

  function remove(type: string, id: string, title: string): void {
    const data = sync.get(type, id);
    if (!data) return;
    store(sync.remove(type, id));
    offerUndo(`Deleted “${title}”`, async () => {
      if (!await store(sync.create(type, { ...data }))) return;
      // The list is drawn in the next frame, before this.
      requestAnimationFrame(() => focusControl({ recordId: id, control: "edit" }) || byId("log").focus());
    });
  }

  return {
    addEntry: () => {
      const offered = newEntryValues(Date.now());
      askEntry(
        "Log a session",
        offered,
        (values) => store(sync.create("logbook_entry", newEntry(values, newId(), Date.now()))),
      );
      endNow(offered.when!);
    },
    addGoal: () =>
      askGoal(
        "Add a goal",
        { progress: "0", status: "active" },
        (values) => store(sync.create("goal", newGoal(values, newId, Date.now()))),
      ),
    entries: {
      edit: (id) =>
        edit(
          { dialog: entryDialog, ask: askEntry, title: "Edit session" },
          { type: "logbook_entry", id },
          entryValues,
          editedEntry,
        ),
      remove(id) {
        const data = sync.get("logbook_entry", id);
        if (data) remove("logbook_entry", id, entryTitle(readEntry(data)));
      },
    },
    goals: {
      edit: (id) =>
        edit(
          { dialog: goalDialog, ask: askGoal, title: "Edit goal" },
          { type: "goal", id },
          goalValues,
          (data, edited) => editedGoal(data, edited, newId, Date.now()),
        ),
      remove(id) {
        const data = sync.get("goal", id);
        if (data) remove("goal", id, goalTitle(readGoal(data)));
      },
      tick(id, milestoneId, completed) {
        const data = sync.get("goal", id);
        if (data) update("goal", id, tickedGoal(data, milestoneId, completed, Date.now()));
      },
    },
  };
}

function fillChoices(entryDialog: HTMLElement, goalDialog: HTMLElement): void {
  const kinds = sessionKinds.filter((kind) => kind !== "status_change");
  entryDialog.querySelector("select")!.append(...kinds.map((kind) => new Option(kindName(kind), kind)));
  goalDialog.querySelector("select")!.append(
    ...goalStatuses.map((status) => new Option(kindName(status), status)),
  );
  const instruments = new Set(repertoire.map(({ instrument }) => instrument));
  byId("instruments").append(...[...instruments].map((name) => new Option("", name)));
  entryDialog.querySelector(".moods")!.append(...["", ...moods].map((mood) =>
    element("label", {}, [
      element("input", { type: "radio", name: "mood", value: mood }),
      element("span", {}, [mood ? kindName(mood) : "None"]),
    ])
  ));
  const progress = goalDialog.querySelector<HTMLInputElement>("[name=progress]")!;
  progress.addEventListener("input", () => {
    goalDialog.querySelector("output")!.textContent = `${progress.value} %`;
  });
}
