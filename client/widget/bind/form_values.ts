/**
 * A form's values as JSON, and back. What a browser would not fill in again for a stranger (passwords, files,
 * card numbers) is left out, and so is what has `data-no-sync`.
 */
import { type JsonObject, sameJson } from "../../../shared/mod.ts";

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const leftOut = /^(password|file|hidden|submit|button|reset|image)$/;

/** The controls that are synced, by name; several of one name are one value. */
export function controlsByName(form: HTMLFormElement): Map<string, Control[]> {
  const controls = new Map<string, Control[]>();
  for (const control of form.querySelectorAll<Control>("input[name], select[name], textarea[name]")) {
    const isPrivate = leftOut.test(control.type) ||
      /\bcc-/.test(control.getAttribute("autocomplete") ?? "") ||
      control.hasAttribute("data-no-sync");
    if (!isPrivate) controls.set(control.name, [...controls.get(control.name) ?? [], control]);
  }
  return controls;
}

/** The values of all synced controls. */
export function formValues(form: HTMLFormElement): JsonObject {
  return Object.fromEntries([...controlsByName(form)].map(([name, controls]) => [name, valueOf(controls)]));
}

/** Puts `data` into the form; a control that `isBusy` says somebody is at stays as it is. */
export function fillForm(
  form: HTMLFormElement,
  data: Readonly<JsonObject>,
  isBusy: (name: string) => boolean,
): void {
  for (const [name, controls] of controlsByName(form)) {
    if (!Object.hasOwn(data, name) || isBusy(name) || sameJson(valueOf(controls), data[name])) continue;
    for (const control of controls) fill(control, data[name], controls.length > 1);
  }
}

function valueOf(controls: readonly Control[]): unknown {
  const [first] = controls as [Control];
  if (first.type === "radio") {
    return (controls as HTMLInputElement[]).find(({ checked }) => checked)?.value ?? null;
  }
  if (first.type === "checkbox") {
    const boxes = controls as HTMLInputElement[];
    return boxes.length === 1
      ? boxes[0]!.checked
      : boxes.filter(({ checked }) => checked).map(({ value }) => value);
  }
  if (first.type === "select-multiple") {
    return [...(first as HTMLSelectElement).selectedOptions].map(({ value }) => value);
  }
  if (/^(number|range)$/.test(first.type)) return first.value === "" ? null : Number(first.value);
  return first.value;
}

function fill(control: Control, value: unknown, isGroup: boolean): void {
  if (control.type === "radio") (control as HTMLInputElement).checked = control.value === value;
  else if (control.type === "checkbox") {
    const isChecked = isGroup ? Array.isArray(value) && value.includes(control.value) : value === true;
    (control as HTMLInputElement).checked = isChecked;
  } else if (control.type === "select-multiple") {
    const chosen = Array.isArray(value) ? value : [];
    for (const option of (control as HTMLSelectElement).options) {
      option.selected = chosen.includes(option.value);
    }
  } else control.value = value === null || value === undefined ? "" : String(value);
}
