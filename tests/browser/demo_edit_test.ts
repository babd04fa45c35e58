import { assertEquals } from "@std/assert";
import type { Page } from "playwright";
import type { SyncStatusElement } from "../../client/widget/sync_status.ts";
import { openDemo, row } from "./demo_page.ts";
import { withWorld } from "./harness/world.ts";

/** Records as other clients of other years wrote them, each with something that this page's form cannot show. */
const entry = {
  timestamp: "2025-05-01T10:00:42.123Z",
  duration: 12.3,
  type: "masterclass",
  techniques: ["scales, slow", 4],
  pieces: [{ title: "", measures: "1-8" }, { title: "Lune", composer: "Debussy" }],
  notes: " Two lines,\r\nand spaces.  ",
  mood: "proud",
};
const goal = {
  progress: 33.4,
  targetDate: "2025-05-01T00:00:00Z",
  status: "dormant",
  milestones: [{ id: "1", title: "", completed: true }, { title: "Bars 1-8" }],
};

Deno.test("saving an untouched form writes nothing, and an edit of one field writes that field alone", () =>
  withWorld(async ({ device }) => {
    const page = await openDemo(await device(), "clara");
    await create(page, "logbook_entry", { id: "e1", ...entry });
    await create(page, "logbook_entry", { id: "e2", timestamp: entry.timestamp, type: "status_change" });
    await create(page, "goal", { id: "g1", ...goal });
    await settled(page);

    for (const name of ["Lune", "Status change", "Untitled goal"]) await edit(page, name);
    assertEquals(await page.locator("dialog[open]").count(), 0, "no field of theirs is in the way");
    assertEquals(await waiting(page), []);

    await edit(page, "Lune", "Tags", "by heart");
    await edit(page, "Status change", "Notes", "Moved house.");
    await edit(page, "Untitled goal", "Title", "Lune from memory");
    await row(page, "by heart").waitFor();
    await page.getByRole("article", { name: "Lune from memory" }).waitFor();
    assertEquals(await waiting(page), [
      { tags: ["by heart"] },
      { notes: "Moved house." },
      { title: "Lune from memory" },
    ]);
  }));

Deno.test("a field that is edited is held to its rules, and so is one that comes empty", () =>
  withWorld(async ({ device }) => {
    const page = await openDemo(await device(), "fanny");
    await page.getByRole("button", { name: "Add a goal" }).click();
    const dialog = page.locator("dialog[open]");
    await dialog.getByRole("button", { name: "Save" }).click();
    assertEquals(await dialog.getByLabel("Title").evaluate((node) => node === document.activeElement), true);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Log a session" }).first().click();
    await dialog.getByLabel("Minutes").fill("2000");
    await dialog.getByRole("button", { name: "Save" }).click();
    assertEquals(
      await dialog.getByLabel("Minutes").evaluate((node) => node === document.activeElement),
      true,
    );
    await dialog.getByLabel("Minutes").fill("12.3");
    await dialog.getByRole("button", { name: "Save" }).click();
    await row(page, "12.3").waitFor();
  }));

Deno.test("an open form follows its record, and says which of the edited fields another device has changed", () =>
  withWorld(async ({ device }) => {
    const page = await openDemo(await device(), "nadia");
    await create(page, "logbook_entry", { id: "e1", ...entry });
    await page.getByRole("button", { name: "Edit Lune" }).click();
    const dialog = page.locator("dialog[open]");
    await page.setViewportSize({ width: 360, height: 640 });
    await dialog.getByLabel("Notes").fill("Mine.");
    await update(page, "e1", { notes: "Theirs.", tags: ["by heart"] });
    await dialog.getByText(
      "Changed on another device meanwhile: Notes. What you write here replaces that.",
    ).waitFor();
    for (const part of [dialog.locator(".meanwhile"), dialog.getByRole("button", { name: "Save" })]) {
      const { y, height } = (await part.boundingBox())!;
      assertEquals(y + height <= 640, true, "in sight on a small phone too");
    }
    assertEquals(await dialog.getByLabel("Notes").inputValue(), "Mine.");
    assertEquals(await dialog.getByLabel("Tags").inputValue(), "by heart");
    await dialog.getByRole("button", { name: "Save" }).click();
    await row(page, "Mine.").filter({ hasText: "by heart" }).waitFor();

    await page.getByRole("button", { name: "Edit Lune" }).click();
    assertEquals(await dialog.getByText("meanwhile").count(), 0, "that was another time");
    await page.locator("#sync").evaluate((node) =>
      (node as SyncStatusElement).client!.remove("logbook_entry", "e1")
    );
    await dialog.getByText("This was deleted on another device meanwhile.").waitFor();
  }));

Deno.test("a session that is logged ends now: its start follows its minutes until it is set by hand", () =>
  withWorld(async ({ device }) => {
    const page = await openDemo(await device(), "erik");
    await page.getByRole("button", { name: "Log a session" }).first().click();
    const dialog = page.locator("dialog[open]");
    const when = dialog.getByLabel("When");
    const day = (await when.inputValue()).slice(0, 11);
    assertEquals(await when.inputValue(), `${day}11:30`);
    await dialog.getByLabel("Minutes").fill("45");
    assertEquals(await when.inputValue(), `${day}11:15`);
    await when.fill(`${day}08:00`);
    await dialog.getByLabel("Minutes").fill("20");
    assertEquals(await when.inputValue(), `${day}08:00`);
  }));

/** Creates through the page's own client, as another page of the site would. */
function create(page: Page, type: string, data: Record<string, unknown>): Promise<unknown> {
  return page.evaluate(
    ([type, data]) => document.querySelector<SyncStatusElement>("#sync")!.client!.create(type, data),
    [type, data] as const,
  );
}

/** Updates an entry as another page of this device or another device would. */
function update(page: Page, id: string, fields: Record<string, unknown>): Promise<unknown> {
  return page.evaluate(
    ([id, fields]) =>
      document.querySelector<SyncStatusElement>("#sync")!.client!.update("logbook_entry", id, fields),
    [id, fields] as const,
  );
}

/** Sends what waits, and keeps what comes next waiting. */
function settled(page: Page): Promise<unknown> {
  return page.evaluate(async () => {
    const sync = document.querySelector<SyncStatusElement>("#sync")!.client!;
    await sync.manualSync();
    await sync.pause();
  });
}

/** The data of the changes that wait. */
function waiting(page: Page): Promise<unknown[]> {
  return page.evaluate(async () => {
    const sync = document.querySelector<SyncStatusElement>("#sync")!.client!;
    return (await sync.changeQueue.getAllPendingChanges()).map(({ data }) => data);
  });
}

/** Opens the form of a record, fills `field` if there is one, saves. */
async function edit(page: Page, name: string, field?: string, text = ""): Promise<void> {
  await page.getByRole("button", { name: `Edit ${name}` }).click();
  const dialog = page.locator("dialog[open]");
  if (field) await dialog.getByLabel(field).fill(text);
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
}
