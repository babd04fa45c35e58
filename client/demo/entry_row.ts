/** One session in the log. */
import { element } from "./element.ts";
import { icon } from "./icon.ts";
import { type Entry, entryTitle, kindName } from "./records.ts";

/** What the row's buttons do. */
export interface RowActions {
  edit(id: string): void;
  remove(id: string): void;
}

/** `waits`: the server has not confirmed it yet. */
export function entryRow(entry: Entry, waits: boolean, actions: RowActions): HTMLElement {
  const { id, atMs, minutes, kind, instrument, pieces, techniques, notes, mood, tags } = entry;
  const title = entryTitle(entry);
  const when = new Date(atMs);
  const composers = [...new Set(pieces.map(({ composer }) => composer).filter(Boolean))].join(", ");
  const facts = [
    // A session with no other name is called by its kind already.
    (pieces.length > 0 || techniques.length > 0) && kindName(kind),
    instrument && kindName(instrument),
    pieces.length > 0 && techniques.join(", "),
    mood && kindName(mood),
  ].filter(Boolean).join(" · ");
  const time = when.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
  return element("article", { class: "entry", "data-id": id, "aria-label": `${title}, ${minutes} minutes` }, [
    element("p", { class: "minutes" }, [
      element("strong", {}, [minutes.toLocaleString()]),
      element("span", {}, [" min"]),
    ]),
    element("div", { class: "what" }, [
      element("h4", {}, [
        title,
        composers ? element("span", { class: "composer" }, [` ${composers}`]) : null,
      ]),
      element("p", { class: "facts" }, [
        element("time", { datetime: Number.isFinite(atMs) ? when.toISOString() : "" }, [time]),
        facts && ` · ${facts}`,
        waits ? waitingMark() : null,
      ]),
      notes ? element("p", { class: "notes" }, [notes]) : null,
      tags.length
        ? element("ul", { class: "tags", "aria-label": "Tags" }, tags.map((tag) => element("li", {}, [tag])))
        : null,
    ]),
    rowButtons(id, title, actions),
  ]);
}

/** "On this device only", with its shape. */
export function waitingMark(): HTMLElement {
  return element("span", { class: "waits" }, [icon("waiting"), "on this device only"]);
}

/** Edit and delete. */
export function rowButtons(id: string, title: string, { edit, remove }: RowActions): HTMLElement {
  return element("div", { class: "row-actions" }, [
    rowButton("edit", `Edit ${title}`, "Edit", () => edit(id)),
    rowButton("delete", `Delete ${title}`, "Delete", () => remove(id)),
  ]);
}

function rowButton(control: "edit" | "delete", label: string, title: string, click: () => void): HTMLElement {
  return element(
    "button",
    { type: "button", class: "quiet", "data-control": control, "aria-label": label, title },
    [icon(control)],
    { click },
  );
}
