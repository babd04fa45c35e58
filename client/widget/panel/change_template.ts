/**
 * The site's own drawing of changes: its `<template slot="change">`, with the fields of the record put as text
 * into the elements that name them in `data-field`; `type` and `entityType` are the change's where the record has
 * no field of that name. A row is drawn once, and afterwards only texts that differ are put in: the panel draws
 * itself every second, and a row made anew would lose the focus of its links and what somebody has selected.
 */
import type { JsonObject } from "../../../shared/mod.ts";
import type { ChangeRecord } from "../../sync_client_api.ts";

/** What is on the page for one change. */
interface DrawnRow {
  template: HTMLTemplateElement;
  nodes: readonly Node[];
  places: readonly HTMLElement[];
}

/** The rows of one panel. */
export class ChangeTemplate {
  #before = new Map<string, DrawnRow>();
  #rows = new Map<string, DrawnRow>();

  /** `host` has the template as its child. */
  constructor(private readonly host: HTMLElement) {}

  /** The whole panel is drawn anew from here on: rows that are not asked for any more are forgotten. */
  begin(): void {
    this.#before = this.#rows;
    this.#rows = new Map();
  }

  /** The nodes of a change; null without a template. */
  draw(change: ChangeRecord, record: Readonly<JsonObject>): readonly Node[] | null {
    const template = this.host.querySelector<HTMLTemplateElement>(":scope > template[slot=change]");
    if (!template) return null;
    const { changeId, type, entityType } = change;
    const known = this.#before.get(changeId);
    // Once for each drawing: nodes cannot stand in two rows.
    this.#before.delete(changeId);
    const row = known?.template === template ? known : newRow(template);
    this.#rows.set(changeId, row);
    for (const place of row.places) {
      const name = place.dataset.field!;
      const value = Object.hasOwn(record, name) ? record[name] : { type, entityType }[name];
      const text = value === undefined || value === null ? "" : String(value);
      if (place.textContent !== text) place.textContent = text;
    }
    return row.nodes;
  }
}

function newRow(template: HTMLTemplateElement): DrawnRow {
  const drawn = document.importNode(template.content, true);
  const places = [...drawn.querySelectorAll<HTMLElement>("[data-field]:not(script, style)")];
  return { template, nodes: [...drawn.childNodes], places };
}
