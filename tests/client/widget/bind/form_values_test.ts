import { assertEquals } from "@std/assert";
import { fillForm, formValues } from "../../../../client/widget/bind/form_values.ts";

function newForm(html: string): HTMLFormElement {
  const form = document.createElement("form");
  form.id = "values";
  form.innerHTML = html;
  document.body.append(form);
  return form;
}

const fill = (form: HTMLFormElement, data: Record<string, unknown>, isGone = false) =>
  fillForm(form, data, () => false, () => isGone);

const controls = `<input name="title"><textarea name="notes"></textarea><input name="bpm" type="number">
  <input name="loud" type="checkbox"><input name="days" type="checkbox" value="mon"><input name="days" type="checkbox" value="tue">
  <input name="hand" type="radio" value="left"><input name="hand" type="radio" value="right">
  <select name="key"><option value="c">C</option><option value="d">D</option></select>
  <input name="tag" value="one"><input name="tag" value="two">`;
const empty = {
  ...{ title: "", notes: "", bpm: null, loud: false, days: [], hand: null, key: "c" },
  tag: ["one", "two"],
};

Deno.test("every kind of control has a value of its kind, and takes it back", () => {
  const form = newForm(controls);
  assertEquals(formValues(form), empty);
  const full = {
    ...{ title: "Scales", notes: "slow", bpm: 60, loud: true, days: ["tue"], hand: "right", key: "d" },
    tag: ["uno", "due"],
  };
  fill(form, full);
  assertEquals(formValues(form), full);
  fill(form, {}, true);
  assertEquals(formValues(form), empty, "what is gone is as the page has it");
  form.remove();
});

Deno.test("of several fields of one name each has its own value, also in a record from when there was one", () => {
  const form = newForm('<input name="tag"><input name="tag" value="none">');
  fill(form, { tag: ["uno", "due"] });
  assertEquals(formValues(form), { tag: ["uno", "due"] });
  fill(form, { tag: "one" });
  assertEquals(formValues(form), { tag: ["one", "none"] });
  form.remove();
});

Deno.test("what is private, or said not to be synced, has no value", () => {
  const form = newForm(`<input name="secret" type="password"><input name="card" autocomplete="cc-number">
    <input name="own" data-no-sync><input name="token" type="hidden" value="x"><input>
    <fieldset data-no-sync><input name="pin"></fieldset><input name="code" autocomplete="one-time-code">
    <input name="shown" autocomplete="section-a new-password"><input name="file" type="file">`);
  assertEquals(formValues(form), {});
  form.querySelector<HTMLInputElement>("[name=secret]")!.type = "text";
  assertEquals(formValues(form), {}, "a password that is being shown is a password");
  form.remove();
});

Deno.test("a control outside the form that belongs to it is one of its controls", () => {
  const form = newForm('<input name="title">');
  const outside = document.createElement("input");
  outside.name = "outside";
  outside.setAttribute("form", "values");
  document.body.append(outside);
  assertEquals(formValues(form), { title: "", outside: "" });
  form.remove();
  outside.remove();
});

Deno.test("what HTML calls a card number is private in any case", () => {
  const form = newForm('<input name="card" autocomplete="CC-Number"><input name="title">');
  assertEquals(Object.keys(formValues(form)), ["title"]);
  form.remove();
});
