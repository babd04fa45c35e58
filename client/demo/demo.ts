/**
 * The demo: a practice log on the published bundle, with no other library. Everything on the page is drawn
 * from the client's view of the data, which is there before the network is asked.
 */
import type { SyncStatusElement } from "../widget/sync_status.ts";
import { createEditActions } from "./edit_actions.ts";
import { byId, element } from "./element.ts";
import { createFormDialog } from "./form_dialog.ts";
import { createGoalsView } from "./goals_view.ts";
import { createLogView } from "./log_view.ts";
import { createNetworkSwitch } from "./network_switch.ts";
import { openSync } from "./open_sync.ts";
import { createPageNote, type PageNote } from "./page_note.ts";
import { type Entry, entryTitle, type Goal, goalTitle, readEntry, readGoal } from "./records.ts";
import { currentName, deviceNumber, rememberName } from "./session.ts";
import { showToday } from "./today_view.ts";
import { wireTryPanel } from "./try_panel.ts";

/** "Now" on the page moves on this often. */
const tickMs = 60_000;

async function start(note: PageNote): Promise<void> {
  const name = currentName();
  const device = deviceNumber();
  const network = createNetworkSwitch();
  showPerson(name, device);
  const sync = await openSync(name, device, network);

  const indicator = byId<SyncStatusElement>("sync");
  indicator.client = sync;
  indicator.describe = ({ type, entityType, entityId, data }) => {
    const record = sync.get(entityType, entityId) ?? data ?? {};
    const title = entityType === "goal" ? goalTitle(readGoal(record)) : entryTitle(readEntry(record));
    return { CREATED: "New: ", UPDATED: "Edited: ", DELETED: "Deleted " }[type] +
      (type === "DELETED" ? entityType.replaceAll("_", " ") : title);
  };

  const actions = createEditActions(sync, note);
  const draw = oncePerFrame(() => {
    const entries: Entry[] = sync.list("logbook_entry").map(readEntry);
    const goals: Goal[] = sync.list("goal").map(readGoal);
    const opening = !isReady || sync.status.state === "loading";
    showToday(entries, Date.now());
    showLog(entries, waiting, opening);
    showGoals(goals, waiting);
  });
  const showLog = createLogView(actions.entries, draw);
  const showGoals = createGoalsView(actions.goals, draw);

  let isReady = false;
  let waiting: ReadonlySet<string> = new Set();
  const lookAtQueue = oncePerFrame(async () => {
    const pending = await sync.changeQueue.getAllPendingChanges();
    waiting = new Set(pending.map(({ entityId }) => entityId));
    draw();
  });

  for (const id of ["add-entry", "add-first"]) byId(id).addEventListener("click", actions.addEntry);
  byId("add-goal").addEventListener("click", actions.addGoal);
  wireTryPanel(sync, network, device, note);
  sync.subscribe("*", draw);
  sync.addEventListener("status", lookAtQueue);
  setInterval(draw, tickMs);
  addEventListener("resize", draw);
  await sync.ready;
  isReady = true;
  lookAtQueue();
  draw();
}

/** Many changes in one frame are drawn once. */
function oncePerFrame(work: () => void): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      work();
    });
  };
}

function showPerson(name: string, device: number): void {
  const badge = byId("device");
  badge.hidden = device === 1;
  badge.textContent = `Device ${device}`;
  if (device > 1) document.title = `Device ${device} · ${document.title}`;
  const button = byId<HTMLButtonElement>("person");
  const initial = element("span", { class: "initial", "aria-hidden": "true" }, [
    name.charAt(0).toUpperCase(),
  ]);
  button.append(initial, element("span", { class: "name" }, [name]));
  button.setAttribute("aria-label", `Signed in as ${name}. Switch`);
  const ask = createFormDialog(byId<HTMLDialogElement>("person-dialog"));
  button.addEventListener("click", () =>
    ask("Who is practising?", { name }, (values) => {
      rememberName(values.name ?? name);
      const url = new URL(location.href);
      url.searchParams.delete("name");
      // An address that differs by its fragment only is not loaded.
      url.hash = "";
      location.assign(url);
    }));
}

const note = createPageNote();
start(note).catch((error) =>
  note.problem(`The page could not start: ${error.message}. Reload it to try again.`)
);
