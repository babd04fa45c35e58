/**
 * Adding, editing, deleting, and taking a deletion back. Every write is on this device before the next line
 * runs; the network has no part in it. An edit sends only what differs from what the form showed.
 */
import type { JsonObject } from "../../shared/mod.ts";
import type { SyncClient } from "../sync_client_api.ts";
import { byId, element } from "./element.ts";
import { editedEntry, entryValues, newEntry, newEntryValues } from "./entry_form.ts";
import { focusControl } from "./focused_control.ts";
import { createFormDialog } from "./form_dialog.ts";
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
  const offerUndo = createUndoToast(byId("toast"));
  const newId = () => crypto.randomUUID();
  const store = (write: Promise<unknown>) => isStored(write, note);

  function update(type: string, id: string, fields: JsonObject): void {
    if (Object.keys(fields).length) store(sync.update(type, id, fields));
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
    addEntry: () =>
      askEntry(
        "Log a session",
        newEntryValues(Date.now()),
        (values) => store(sync.create("logbook_entry", newEntry(values, newId(), Date.now()))),
      ),
    addGoal: () =>
      askGoal(
        "Add a goal",
        { progress: "0", status: "active" },
        (values) => store(sync.create("goal", newGoal(values, newId, Date.now()))),
      ),
    entries: {
      edit(id) {
        const data = sync.get("logbook_entry", id);
        if (!data) return;
        askEntry(
          "Edit session",
          entryValues(data),
          (_, edited) => update("logbook_entry", id, editedEntry(data, edited)),
        );
      },
      remove(id) {
        const data = sync.get("logbook_entry", id);
        if (data) remove("logbook_entry", id, entryTitle(readEntry(data)));
      },
    },
    goals: {
      edit(id) {
        const data = sync.get("goal", id);
        if (!data) return;
        askGoal(
          "Edit goal",
          goalValues(data),
          (_, edited) => update("goal", id, editedGoal(data, edited, newId, Date.now())),
        );
      },
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
