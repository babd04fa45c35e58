import { assertEquals } from "@std/assert";
import { logSession, openDemo, row, waitForLabel } from "./demo_page.ts";
import { withWorld } from "./harness/world.ts";

Deno.test("offline by the switch: writing goes on, a reload keeps it, switching back brings it to the other device", () =>
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
  }));
