/**
 * Devices of the older system name themselves `dev_…`; in the log a device is a UUID. The same name always
 * gives the same UUID, so that a device is known again by what it wrote.
 */
import { v5 } from "uuid";
import { derivedIdNamespace } from "./derived_change_id.ts";

/** UUID v5 of the name, lower case. */
export function legacyDeviceId(name: string): string {
  return v5(name, derivedIdNamespace);
}
