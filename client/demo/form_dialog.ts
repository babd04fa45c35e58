/**
 * A modal form in the page's markup: opens filled in, hands its values over, closes. Esc and Cancel leave
 * everything as it was. The browser's own validation speaks for each field.
 */

/** Opens the `<dialog>`; `submit` gets the form's values as text. */
export function createFormDialog(
  dialog: HTMLDialogElement,
): (title: string, values: Record<string, string>, submit: (values: Record<string, string>) => void) => void {
  const form = dialog.querySelector("form")!;
  let submit = (_values: Record<string, string>) => {};
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = Object.fromEntries(
      [...new FormData(form)].map(([name, value]) => [name, String(value).trim()]),
    );
    dialog.close();
    submit(values);
  });
  for (const button of dialog.querySelectorAll("[data-cancel]")) {
    button.addEventListener("click", () => dialog.close());
  }
  return (title, values, whenSubmitted) => {
    submit = whenSubmitted;
    form.reset();
    dialog.querySelector("h2")!.textContent = title;
    for (const [name, value] of Object.entries(values)) {
      const field = form.elements.namedItem(name);
      if (field instanceof RadioNodeList) check(field, value);
      else if (field instanceof HTMLSelectElement) choose(field, value);
      else if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.value = value;
      field instanceof HTMLElement && field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    dialog.showModal();
    // As by the Tab key: typing replaces what the first field is prefilled with.
    if (document.activeElement instanceof HTMLInputElement) document.activeElement.select();
  };
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
