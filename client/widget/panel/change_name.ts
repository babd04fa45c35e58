/** How a change is named in the lists where the site gives no `describe`. */
import type { JsonObject } from "../../../shared/mod.ts";
import type { ChangeRecord } from "../../sync_client_api.ts";
import type { PanelText } from "./panel_messages.ts";
import { readableName } from "./readable_name.ts";

/** Longest title taken from a record, in UTF-16 units. */
const titleUnitsMax = 80;
/** Fields that hold a record's title, as sites usually call them. */
const titleFields = ["title", "name", "label", "subject"];

/** "Edited goal: Clair de Lune"; `record` is the entity as this device sees it. */
export function changeName(
  { type, entityType, data }: ChangeRecord,
  record: Readonly<JsonObject> | undefined,
  text: PanelText,
): string {
  const known: JsonObject = { ...record, ...data };
  const title = titleFields.map((field) => known[field]).find((value) => typeof value === "string" && value);
  const name = text(type, { what: readableName(entityType) });
  return title ? `${name}: ${(title as string).slice(0, titleUnitsMax)}` : name;
}
