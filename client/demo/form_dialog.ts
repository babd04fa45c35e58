/**
 * A modal form in the page's markup: opens filled in, hands its values over, closes. Esc and Cancel leave
 * everything as it was. Only what a person edited counts as edited, and only that (or what came empty) is
 * held to the field's rules: records come from other clients, and a field that shows theirs as well as it can
 * must neither rewrite it nor stand in the way of editing another.
 */
import { focusControl, focusedControl } from "./focused_control.ts";

/** Texts of a form by the names of its fields. */
export type FormValues = Record<string, string>;

/** Opens the form; `submit` gets all its values and, apart, those that are no longer what was filled in. */
export type AskForm = (
  title: string,
  values: FormValues,
  submit: (values: FormValues, edited: FormValues) => void,
) => void;

/** Wires a `<dialog>` with a form in it. */
export function createFormDialog(dialog: HTMLDialogElement): AskForm {
  const form = dialog.querySelector("form")!;
  let filled: Record<string, string | undefined> = {};
  let submit: Parameters<AskForm>[2] = () => {};
  let opener: ReturnType<typeof focusedControl>;
  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = readForm(form);
    const isEdited = (name: string) => values[name] !== filled[name];
    const wrong = [...form.elements].filter(isField).find((field) =>
      !field.validity.valid && (field.validity.badInput || isEdited(field.name))
    );
    if (wrong) return void wrong.reportValidity();
    dialog.close();
    const trimmed = Object.entries(values).map(([name, value]) => [name, value.trim()] as const);
    submit(Object.fromEntries(trimmed), Object.fromEntries(trimmed.filter(([name]) => isEdited(name))));
  });
  for (const button of dialog.querySelectorAll("[data-cancel]")) {
    button.addEventListener("click", () => dialog.close());
  }
  // The browser gives the focus back to the button that opened the form, unless its row was drawn anew.
  dialog.addEventListener("close", () => {
    const focused = document.activeElement ?? document.body;
    if (opener && (focused === document.body || dialog.contains(focused))) focusControl(opener);
  });
  return (title, values, whenSubmitted) => {
    submit = whenSubmitted;
    opener = focusedControl();
    form.reset();
    dialog.querySelector("h2")!.textContent = title;
    for (const [name, value] of Object.entries(values)) fill(form, name, value);
    const shown = readForm(form);
    filled = Object.fromEntries(Object.keys(values).map((name) => [name, shown[name]]));
    dialog.showModal();
    // As by the Tab key: typing replaces what the first field is prefilled with.
    if (document.activeElement instanceof HTMLInputElement) document.activeElement.select();
  };
}

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function isField(control: Element): control is Field {
  return control instanceof HTMLInputElement || control instanceof HTMLSelectElement ||
    control instanceof HTMLTextAreaElement;
}

function readForm(form: HTMLFormElement): FormValues {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}

function fill(form: HTMLFormElement, name: string, value: string): void {
  const field = form.elements.namedItem(name);
  if (field instanceof RadioNodeList) return check(field, value);
  if (!(field instanceof Element) || !isField(field)) return;
  if (field instanceof HTMLSelectElement) choose(field, value);
  else field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** By hand: Chromium ignores an empty text as the value of a `RadioNodeList`. */
function check(radios: RadioNodeList, value: string): void {
  for (const radio of radios) {
    if (radio instanceof HTMLInputElement) radio.checked = radio.value === value;
  }
}

/** Other clients have words of their own: an unknown value becomes an option instead of being lost. */
function choose(select: HTMLSelectElement, value: string): void {
  for (const added of select.querySelectorAll("[data-added]")) added.remove();
  if (![...select.options].some((option) => option.value === value)) {
    const option = new Option(value, value);
    option.dataset.added = "";
    select.add(option);
  }
  select.value = value;
}
