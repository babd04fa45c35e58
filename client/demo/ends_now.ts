/** The start of a session that is being logged: it ends now, so its start moves with its minutes. */
import { newEntryValues } from "./entry_form.ts";

/** Wires the form; the returned function offers a start, which stays until the person sets another. */
export function createEndsNow(dialog: HTMLDialogElement): (start: string) => void {
  const minutes = dialog.querySelector<HTMLInputElement>("[name=minutes]")!;
  const when = dialog.querySelector<HTMLInputElement>("[name=when]")!;
  let offered: string | undefined;
  minutes.addEventListener("input", () => {
    if (when.value !== offered || !minutes.validity.valid) return;
    when.value = offered = newEntryValues(Date.now(), minutes.valueAsNumber).when!;
  });
  dialog.addEventListener("close", () => {
    offered = undefined;
  });
  return (start) => {
    offered = start;
  };
}
