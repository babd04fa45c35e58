/**
 * A modal form in the page's markup: opens filled in, hands its values over, closes. Esc and Cancel leave
 * everything as it was. Only what a person edited counts as edited, and only that (or what came empty) is
 * held to the field's rules: records come from other clients, and a field that shows theirs as well as it can
 * must neither rewrite it nor stand in the way of editing another. An open form follows its record: what nobody
 * has edited here shows what is there now, and of the rest the form says that saving replaces it.
 */
import { focusControl, focusedControl } from "./focused_control.ts";

/** Texts of a form by the names of its fields. */
export type FormValues = Record<string, string>;

/** Tells an open form what its record says now; `undefined`: the record is gone. */
export type FollowRecord = (values: FormValues | undefined) => void;

/** Opens the form; `submit` gets all its values and, apart, those that are no longer what was filled in. */
export type AskForm = (
  title: string,
  values: FormValues,
  submit: (values: FormValues, edited: FormValues) => void,
) => FollowRecord;

/** Wires a `<dialog>` with a form in it. */
export function createFormDialog(dialog: HTMLDialogElement): AskForm {
  const form = dialog.querySelector("form")!;
  let filled: Record<string, string | undefined> = {};
  let given: FormValues = {};
  let replaced = new Set<string>();
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
  const fillIn = (names: readonly string[]) => {
    for (const name of names) fill(form, name, given[name]!);
    const shown = readForm(form);
    for (const name of names) filled[name] = shown[name];
  };
  const meanwhile = form.querySelector(".meanwhile");
  const follow: FollowRecord = (values) => {
    if (!meanwhile) return;
    if (!values) {
      meanwhile.textContent = "This was deleted on another device meanwhile.";
      return;
    }
    const before = given;
    given = values;
    const changed = Object.keys(values).filter((name) => values[name] !== before[name]);
    const current = readForm(form);
    const focused = document.activeElement?.getAttribute("name");
    const isBusy = (name: string) => name === focused || current[name] !== filled[name];
    const busy = changed.filter(isBusy);
    fillIn(changed.filter((name) => !busy.includes(name)));
    for (const name of busy) replaced.add(labelOf(form, name));
    if (replaced.size) {
      meanwhile.textContent = `Changed on another device meanwhile: ${
        [...replaced].join(", ")
      }. What you write here replaces that.`;
    }
  };
  return (title, values, whenSubmitted) => {
    submit = whenSubmitted;
    opener = focusedControl();
    form.reset();
    dialog.querySelector("h2")!.textContent = title;
    if (meanwhile) meanwhile.textContent = "";
    given = values;
    filled = {};
    replaced = new Set();
    fillIn(Object.keys(values));
    dialog.showModal();
    // As by the Tab key: typing replaces what the first field is prefilled with.
    if (document.activeElement instanceof HTMLInputElement) document.activeElement.select();
    return follow;
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

/** What the page calls the field: the first words of its label, or of its group. */
function labelOf(form: HTMLFormElement, name: string): string {
  const field = form.querySelector(`[name="${name}"]`);
  const label = field?.closest("fieldset")?.querySelector("legend") ?? field?.closest("label");
  return label?.firstChild?.textContent?.trim() || name;
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
