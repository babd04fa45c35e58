/**
 * A form's values as JSON, and back. What a browser would not fill in again for a stranger (passwords, codes, files,
 * card numbers) is left out, and so is what has `data-no-sync` or stands in something that has.
 */
import { type JsonObject, sameJson } from "../../../shared/mod.ts";

/** What a form's values are entered with. */
export type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const noValue = /^(hidden|submit|button|reset|image)$/;
const privateType = /^(password|file)$/;
const privateFill = /\bcc-|password|one-time-code/i;
/** Controls that were private once: a password that is being shown is of type text. */
const everPrivate = new WeakSet<Control>();

/** The controls that are synced, by name, also those outside that name the form; several of one name are one value. */
export function controlsByName(form: HTMLFormElement): Map<string, Control[]> {
  const controls = new Map<string, Control[]>();
  for (const control of form.elements as unknown as Iterable<Control>) {
    if (!control.matches("input[name], select[name], textarea[name]") || noValue.test(control.type)) continue;
    if (privateType.test(control.type)) everPrivate.add(control);
    const isPrivate = everPrivate.has(control) ||
      privateFill.test(control.getAttribute("autocomplete") ?? "") ||
      control.closest("[data-no-sync]") !== null;
    if (!isPrivate) controls.set(control.name, [...controls.get(control.name) ?? [], control]);
  }
  return controls;
}

/** The values of all synced controls. */
export function formValues(form: HTMLFormElement): JsonObject {
  return Object.fromEntries([...controlsByName(form)].map(([name, controls]) => [name, valueOf(controls)]));
}

/**
 * Puts `data` into the form. A control whose name it lacks is reset if `isGone` says so; one that `isBusy` says
 * somebody is at stays as it is.
 */
export function fillForm(
  form: HTMLFormElement,
  data: Readonly<JsonObject>,
  isBusy: (name: string) => boolean,
  isGone: (name: string) => boolean,
): void {
  for (const [name, controls] of controlsByName(form)) {
    if (isBusy(name)) continue;
    const value = data[name];
    if (!Object.hasOwn(data, name)) {
      if (isGone(name)) controls.forEach(reset);
    } else if (!sameJson(valueOf(controls), value)) {
      const kind = kindOf(controls);
      const list = kind !== "list" ? controls.map(() => value) : Array.isArray(value) ? value : [value];
      controls.forEach((control, i) => i < list.length ? fill(control, list[i], kind) : reset(control));
    }
  }
}

/** All of a form as the page has it, also what is not synced. */
export function resetForm(form: HTMLFormElement): void {
  for (const control of form.elements as unknown as Iterable<Control>) {
    if (control.matches("input, select, textarea") && !noValue.test(control.type)) reset(control);
  }
}

/** How controls of one name make a value: one of several choices, some of them, or a list of what each has. */
type Kind = "radio" | "boxes" | "list" | "one";

function kindOf(controls: readonly Control[]): Kind {
  const areAll = (type: string) => controls.every((control) => control.type === type);
  if (areAll("radio")) return "radio";
  if (controls.length === 1) return "one";
  return areAll("checkbox") ? "boxes" : "list";
}

function valueOf(controls: readonly Control[]): unknown {
  const kind = kindOf(controls);
  if (kind === "one") return valueOfOne(controls[0]!);
  if (kind === "list") return controls.map(valueOfOne);
  const checked = (controls as HTMLInputElement[]).filter(({ checked }) => checked).map(({ value }) => value);
  return kind === "boxes" ? checked : checked[0] ?? null;
}

function valueOfOne(control: Control): unknown {
  const { type, value } = control;
  if (/^(checkbox|radio)$/.test(type)) return (control as HTMLInputElement).checked;
  if (type === "select-multiple") {
    return [...(control as HTMLSelectElement).selectedOptions].map(({ value }) => value);
  }
  if (/^(number|range)$/.test(type)) return value === "" ? null : Number(value);
  return value;
}

function fill(control: Control, value: unknown, kind: Kind): void {
  const isChosen = (own: string) => Array.isArray(value) ? value.includes(own) : value === own;
  if (/^(checkbox|radio)$/.test(control.type)) {
    const isChecked = kind === "radio" || kind === "boxes" ? isChosen(control.value) : value === true;
    (control as HTMLInputElement).checked = isChecked;
  } else if (control.type === "select-multiple") {
    for (const option of (control as HTMLSelectElement).options) option.selected = isChosen(option.value);
  } else control.value = value === null || value === undefined ? "" : String(value);
}

/** To what the page has it with, as the form's own reset does. */
function reset(control: Control): void {
  if (/^(checkbox|radio)$/.test(control.type)) {
    (control as HTMLInputElement).checked = (control as HTMLInputElement).defaultChecked;
  } else if (control.type.startsWith("select")) {
    for (const option of (control as HTMLSelectElement).options) option.selected = option.defaultSelected;
  } else control.value = (control as HTMLInputElement).defaultValue;
}
