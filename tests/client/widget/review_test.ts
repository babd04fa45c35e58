import { assertEquals } from "@std/assert";
import { type OpenConflict, SyncClientError } from "../../../client/sync_client_api.ts";
import { type ElementPage, showElement } from "./element_page.ts";

function conflictOf(parts: Partial<OpenConflict> = {}): OpenConflict {
  return {
    id: "conflict-1",
    entityType: "goal",
    entityId: "one",
    reason: "same_field",
    winner: "theirs",
    fields: [
      { name: "title", mine: "Mine", theirs: "Theirs" },
      { name: "minutes", mine: 5, theirs: 7 },
    ],
    version: 9,
    noticedAt: 0,
    ...parts,
  };
}

async function openReview(conflict: OpenConflict, record?: Record<string, unknown>): Promise<ElementPage> {
  const page = await showElement();
  page.client.open = [conflict];
  if (record) page.client.records = { one: record };
  page.client.set({ state: "conflict", conflicts: 1 });
  await page.toggle("open");
  page.click(".conflicts button");
  await page.drawn();
  return page;
}

const isOpen = (page: ElementPage) => page.element.shadowRoot!.querySelector("dialog")!.open;

function press(page: ElementPage, label: string): void {
  const buttons = [...page.element.shadowRoot!.querySelectorAll<HTMLElement>("dialog footer button")];
  buttons.find((one) => one.textContent === label)!.click();
}

function texts(page: ElementPage, selector: string): string[] {
  return [...page.element.shadowRoot!.querySelectorAll(selector)].map((one) =>
    (one.textContent ?? "").replace(/\s+/g, " ").trim()
  );
}

Deno.test("a conflict is shown field by field, with what stands as the result", async () => {
  const page = await openReview(conflictOf());
  assertEquals(texts(page, "dialog h2, dialog .told"), [
    "Edited goal: Mine",
    "This was changed on two devices at the same time.",
    "The value of the other device is in use now.",
  ]);
  assertEquals(texts(page, "dialog .value"), ["Mine", "Theirs", "5", "7"]);
  assertEquals(page.value("dialog textarea"), "Theirs");
  assertEquals(page.value("dialog .side > input"), "7");
  page.remove();
});

Deno.test("keep mine and keep theirs settle it with a side and close the review", async () => {
  for (const [label, choice] of [["Keep mine", "mine"], ["Keep theirs", "theirs"]] as const) {
    const page = await openReview(conflictOf());
    press(page, label);
    await page.drawn();
    assertEquals(page.client.calls, [`resolve conflict-1 "${choice}"`]);
    assertEquals(isOpen(page), false);
    page.remove();
  }
});

Deno.test("the result is put together from both sides and own words", async () => {
  const page = await openReview(conflictOf());
  page.type("dialog textarea", "Both");
  page.choose("dialog fieldset:last-of-type input[type=radio]");
  await page.drawn();
  press(page, "Save result");
  await page.drawn();
  assertEquals(page.client.calls, ['resolve conflict-1 {"title":"Both","minutes":5}']);
  page.remove();
});

Deno.test("a result that is no number is refused with its field, and nothing is sent", async () => {
  const page = await openReview(conflictOf());
  page.type("dialog .side > input", "many");
  press(page, "Save result");
  await page.drawn();
  assertEquals([page.text("dialog .notice"), page.client.calls], ["minutes: This must be a number.", []]);
  page.remove();
});

Deno.test("a number may have a comma for its point, unless it may stand for thousands", async () => {
  const page = await openReview(conflictOf());
  const typed: Record<string, unknown> = { "12,5": 12.5, "-0,125 ": -0.125, "1234,5": 1234.5, "12.5": 12.5 };
  for (const [text, value] of Object.entries(typed)) {
    page.client.calls.length = 0;
    page.type("dialog .side > input", text);
    page.client.refuse.resolve = "quota";
    press(page, "Save result");
    await page.drawn();
    assertEquals(page.client.calls, [`resolve conflict-1 {"title":"Theirs","minutes":${value}}`]);
  }
  page.client.calls.length = 0;
  for (const text of ["1,234", "12,500", "1,5,2", "1.234,5", ",", ""]) {
    page.type("dialog .side > input", text);
    press(page, "Save result");
    await page.drawn();
    assertEquals([text, page.text("dialog .notice"), page.client.calls], [
      text,
      "minutes: This must be a number.",
      [],
    ]);
  }
  page.remove();
});

Deno.test("what a screen reader calls a field is what is written over it", async () => {
  const page = await openReview(conflictOf({ fields: [{ name: "practiceMinutes", mine: 5, theirs: 7 }] }));
  const named = () =>
    page.element.shadowRoot!.querySelector("dialog .side > input")!.getAttribute("aria-label");
  assertEquals([page.text("legend"), named()], ["practice minutes", "Result: practice minutes"]);
  page.remove();
});

Deno.test("words typed where the other device has no value are words", async () => {
  const page = await openReview(conflictOf({ fields: [{ name: "note", mine: "Slow", theirs: null }] }));
  assertEquals(page.value("dialog textarea"), "null");
  page.type("dialog textarea", "Slower");
  press(page, "Save result");
  await page.drawn();
  assertEquals(page.client.calls, ['resolve conflict-1 {"note":"Slower"}']);
  page.remove();
});

Deno.test("a side that removed the field can be part of a mixed result", async () => {
  const page = await openReview(conflictOf({
    fields: [{ name: "title", mine: "Mine", theirs: "Theirs" }, { name: "note", mine: "Slow" }],
  }));
  page.choose("dialog fieldset:first-of-type input[type=radio]");
  await page.drawn();
  press(page, "Save result");
  await page.drawn();
  assertEquals(page.client.calls, ['resolve conflict-1 {"title":"Mine","note":"(removed)"}']);
  page.remove();
});

Deno.test("when a side moves during the review, the person is told and sees the new values", async () => {
  const page = await openReview(conflictOf());
  page.type("dialog textarea", "My own");
  page.client.open = [conflictOf({
    version: 12,
    fields: [{ name: "title", mine: "Mine", theirs: "Newer" }, { name: "minutes", mine: 5, theirs: 8 }],
  })];
  page.client.set({ state: "conflict", conflicts: 1, lastSyncTime: 1 });
  await page.drawn();
  assertEquals(page.text("dialog .notice"), "This changed again, please review.");
  assertEquals(texts(page, "dialog .value"), ["Mine", "Newer", "5", "8"]);
  assertEquals(page.value("dialog textarea"), "My own", "what was typed stays");
  page.remove();
});

Deno.test("a choice refused because the record moved says so and leaves the review open", async () => {
  const page = await openReview(conflictOf());
  page.client.refuse.resolve = "changed_again";
  press(page, "Keep mine");
  await page.drawn();
  assertEquals([page.text("dialog .notice"), isOpen(page)], ["This changed again, please review.", true]);
  delete page.client.refuse.resolve;
  press(page, "Keep mine");
  await page.drawn();
  assertEquals(isOpen(page), false);
  page.remove();
});

Deno.test("a choice that is refused once the review was left is told in the panel, and nothing opens again", async () => {
  const page = await openReview(conflictOf());
  const answer = Promise.withResolvers<void>();
  page.client.resolve = () => answer.promise;
  press(page, "Keep mine");
  press(page, "Decide later");
  answer.reject(new SyncClientError("quota", "The device is full."));
  await page.drawn();
  assertEquals([page.text("#panel > .notice"), isOpen(page)], ["The device is full.", false]);
  page.remove();
});

Deno.test("a choice that is kept once another review is open leaves that one open", async () => {
  const page = await openReview(conflictOf());
  const answer = Promise.withResolvers<void>();
  page.client.resolve = () => answer.promise;
  press(page, "Keep mine");
  press(page, "Decide later");
  page.client.open = [conflictOf(), conflictOf({ id: "conflict-2", entityId: "two" })];
  page.client.set({ state: "conflict", conflicts: 2 });
  await page.drawn();
  page.click(".conflicts li:nth-of-type(2) button");
  await page.drawn();
  answer.resolve();
  await page.drawn();
  assertEquals(isOpen(page), true);
  page.remove();
});

Deno.test("a conflict settled on another device closes its review and says why", async () => {
  const page = await openReview(conflictOf());
  page.client.open = [];
  page.client.set({ state: "synced" });
  await page.drawn();
  assertEquals(isOpen(page), false);
  assertEquals(page.text("#panel > .notice"), "This has been settled on another device.");
  page.remove();
});

Deno.test("a deletion elsewhere over an edit here offers the record back, as it is or edited", async () => {
  const deleted = conflictOf({
    reason: "deleted_on_server",
    fields: [{ name: "title", mine: "Mine" }],
    base: { title: "Old", minutes: 5 },
  });
  const page = await openReview(deleted);
  assertEquals(
    page.text("dialog h2 + p"),
    "Another device deleted this while you edited it here. It is deleted now.",
  );
  press(page, "Restore it");
  await page.drawn();
  const edited = await openReview(deleted);
  edited.type("dialog textarea", "Edited");
  press(edited, "Restore it");
  await edited.drawn();
  const left = await openReview(deleted);
  press(left, "Leave it deleted");
  await left.drawn();
  assertEquals([page, edited, left].map(({ client }) => client.calls), [
    ['resolve conflict-1 "mine"'],
    ['resolve conflict-1 {"title":"Edited"}'],
    ['resolve conflict-1 "theirs"'],
  ]);
  for (const one of [page, edited, left]) one.remove();
});

Deno.test("a deletion here over an edit elsewhere restores the other side, and the roles are not mixed up", async () => {
  const theirs = { changeId: "c", version: 8, createdAt: "2026-01-01T00:00:00Z", data: { title: "Theirs" } };
  const deleted = conflictOf({ reason: "updated_on_server", winner: "mine", fields: [], theirs });
  const page = await openReview(deleted);
  press(page, "Restore it");
  await page.drawn();
  const left = await openReview(deleted);
  press(left, "Leave it deleted");
  await left.drawn();
  assertEquals([page, left].map(({ client }) => client.calls), [
    ['resolve conflict-1 "theirs"'],
    ['resolve conflict-1 "mine"'],
  ]);
  for (const one of [page, left]) one.remove();
});

Deno.test("a pulled deletion over an edit of ours offers the whole record back, where it is known", async () => {
  const page = await openReview(conflictOf({
    reason: "updated_on_server",
    fields: [{ name: "title", mine: "Mine" }],
    base: { title: "Mine", minutes: 5 },
  }));
  assertEquals(page.text("dialog h2 + p + p"), "", "nothing would be missing");
  press(page, "Restore it");
  await page.drawn();
  assertEquals(page.client.calls, ['resolve conflict-1 "mine"']);
  page.remove();
});

Deno.test("a pulled deletion restores the fields that are known here, and says that it is only these", async () => {
  const page = await openReview(conflictOf({
    reason: "updated_on_server",
    fields: [{ name: "title", mine: "Mine" }],
  }));
  assertEquals(
    page.text("dialog h2 + p + p"),
    "Only the fields below are known here and would come back.",
  );
  press(page, "Restore it");
  await page.drawn();
  assertEquals(page.client.calls, ['resolve conflict-1 "mine"']);
  page.remove();
});

Deno.test("values too large to be here are said to be so, and that side cannot be kept blindly", async () => {
  const page = await openReview(conflictOf({
    winner: "mine",
    truncated: true,
    fields: [{ name: "title", mine: "Mine" }],
  }));
  assertEquals(texts(page, "dialog footer button"), ["Keep mine", "Save result", "Decide later"]);
  assertEquals(texts(page, "dialog .side > p:not(.value)"), ["Too large to be shown here."]);
  page.remove();
  const known = await openReview(conflictOf({ truncated: true, fields: [{ name: "title", mine: "Mine" }] }), {
    title: "Standing",
  });
  assertEquals(texts(known, "dialog .value"), ["Mine", "Standing"]);
  known.remove();
});

Deno.test("lists and objects are shown as lines, and hostile values as text", async () => {
  const hostile = `<img src=x onerror="alert(1)">`;
  const page = await openReview(conflictOf({
    fields: [{
      name: hostile,
      mine: { tempo: 60, done: true, notes: [hostile, { hands: "apart", at: 60 }], none: null },
      theirs: [],
    }],
  }));
  const [mine, theirs] = [...page.element.shadowRoot!.querySelectorAll("dialog .value")].map((one) =>
    one.textContent
  );
  assertEquals(
    mine,
    ["tempo: 60", "done: Yes", "notes:", `  • ${hostile}`, "  • hands: apart", "    at: 60", "none: No value"]
      .join(
        "\n",
      ),
  );
  assertEquals(theirs, "No value");
  assertEquals(page.element.shadowRoot!.querySelectorAll("img").length, 0);
  page.remove();
});
