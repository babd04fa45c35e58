import { assertEquals } from "@std/assert";
import { logSession, openDemo, row, waitForLabel } from "./demo_page.ts";
import { withWorld } from "./harness/world.ts";

Deno.test("offline by the switch: writing goes on, a reload keeps it, switching back brings it to the other device; edits of different fields are both kept", () =>
  withWorld(async ({ device }) => {
    const mine = await device();
    const page = await openDemo(mine, "clara");
    const second = await openDemo(mine, "clara", 2);
    await waitForLabel(page, "All changes saved");
    await page.getByText("Take this window offline").click();
    await page.getByText("This window is offline by your switch").waitFor();
    await logSession(page, "Träumerei", 25);
    await row(page, "on this device only").waitFor();
    await waitForLabel(page, "Offline · 1 saved on this device");

    await page.reload();
    await row(page, "Träumerei").waitFor();
    await page.getByText("This window is offline by your switch").waitFor();
    await second.locator("sync-status").click();
    await waitForLabel(second, "All changes saved");
    assertEquals(await row(second, "Träumerei").count(), 0);

    await page.getByText("Take this window offline").click();
    await waitForLabel(page, "All changes saved");
    await page.getByText("on this device only").waitFor({ state: "detached" });
    await second.keyboard.press("Escape");
    await second.locator("sync-status").click();
    await row(second, "Träumerei").waitFor();
    await second.keyboard.press("Escape");

    // Different fields on both devices: both edits are kept, and nobody is asked.
    await page.getByText("Take this window offline").click();
    await page.getByRole("button", { name: "Edit Träumerei" }).click();
    await page.locator("#entry-dialog").getByLabel("Notes").fill("Hands apart.");
    await page.locator("#entry-dialog").getByRole("button", { name: "Save" }).click();
    await second.getByRole("button", { name: "Edit Träumerei" }).click();
    // The first field has the focus and its value is selected: typing replaces it.
    await second.keyboard.type("40");
    await second.keyboard.press("Enter");
    await row(second, "40").waitFor();
    await second.locator("sync-status").click();
    await waitForLabel(second, "All changes saved");

    await page.getByText("Take this window offline").click();
    await page.locator("sync-status").click();
    await row(page, "40").waitFor();
    await waitForLabel(page, "All changes saved");
    assertEquals(await row(page, "Hands apart.").count(), 1);
  }));
