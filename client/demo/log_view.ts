/** Draws the log: the list under its days, found by the filter, a page at a time. */
import { byId, element } from "./element.ts";
import { entryRow, type RowActions } from "./entry_row.ts";
import { type EntryFilter, filterEntries } from "./filter_entries.ts";
import { createKeyedList, type KeyedRow } from "./keyed_list.ts";
import { dayStart } from "./practice_stats.ts";
import { type Entry, kindName, sessionKinds } from "./records.ts";
import { createShowMore } from "./show_more.ts";

/** Rows of a page. */
const pageRows = 40;

/** Shows entries; `waiting` has the ids that the server has not confirmed, `opening` that none are known yet. */
export type LogView = (entries: readonly Entry[], waiting: ReadonlySet<string>, opening: boolean) => void;

/** `changed` is called when the person filters or wants more. */
export function createLogView(actions: RowActions, changed: () => void): LogView {
  const form = byId<HTMLFormElement>("filter");
  const empty = byId("empty");
  const list = byId("entries");
  const showRows = createKeyedList(list, byId("log"));
  const more = createShowMore(byId<HTMLButtonElement>("more"), list, pageRows, changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    more.reset();
    changed();
  });

  return (entries, waiting, opening) => {
    offerChoices(form, "kind", [...sessionKinds, ...entries.map(({ kind }) => kind)]);
    offerChoices(form, "instrument", entries.map(({ instrument }) => instrument));
    const filter = readFilter(form);
    const found = filterEntries(entries, filter);
    const isFiltering = Boolean(filter.words.trim() || filter.kind || filter.instrument);
    showRows(rows(found.slice(0, more.rowsMax), waiting, actions));
    form.hidden = !entries.length;
    const isEmpty = !entries.length && !opening;
    if (!isEmpty && empty.contains(document.activeElement)) byId("add-entry").focus();
    empty.hidden = !isEmpty;
    byId("found").textContent = opening && !entries.length
      ? "Opening your log…"
      : isFiltering
      ? `${found.length.toLocaleString()} of ${entries.length.toLocaleString()} sessions`
      : "";
    more.drawn(found.length);
  };
}

function rows(found: readonly Entry[], waiting: ReadonlySet<string>, actions: RowActions): KeyedRow[] {
  const list: KeyedRow[] = [];
  let day = NaN;
  const today = dayStart(Date.now());
  for (const entry of found) {
    const entryDay = dayStart(entry.atMs);
    if (entryDay !== day) {
      day = entryDay;
      const name = dayName(day, today);
      list.push({ key: `day ${day}`, state: [name], build: () => element("h3", { class: "day" }, [name]) });
    }
    const waits = waiting.has(entry.id);
    list.push({
      key: `entry ${entry.id}`,
      state: [entry, waits],
      build: () => entryRow(entry, waits, actions),
    });
  }
  return list;
}

function dayName(day: number, today: number): string {
  if (!Number.isFinite(day)) return "No date";
  if (day === today) return "Today";
  if (day === dayStart(today, -1)) return "Yesterday";
  const date = new Date(day);
  const sameYear = date.getFullYear() === new Date(today).getFullYear();
  return date.toLocaleDateString([], {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(sameYear ? {} : { year: "numeric" }),
  });
}

function readFilter(form: HTMLFormElement): EntryFilter {
  const data = new FormData(form);
  const text = (name: string) => String(data.get(name) ?? "");
  return { words: text("words"), kind: text("kind"), instrument: text("instrument") };
}

/** Adds what the records have and the list does not; an open list is never rebuilt under the pointer. */
function offerChoices(form: HTMLFormElement, name: string, values: readonly string[]): void {
  const select = form.elements.namedItem(name) as HTMLSelectElement;
  const known = new Set([...select.options].map(({ value }) => value));
  for (const value of new Set(values)) {
    if (value && !known.has(value)) select.add(new Option(kindName(value), value));
  }
}
