// Types only: the element in `HTMLElementTagNameMap`.
import type {} from "../../client/widget/sync_status.ts";
import { assertEquals } from "@std/assert";
import type { Page } from "playwright";
import { startEmbedSite } from "./embed_site.ts";
import { withWorld } from "./harness/world.ts";

const label = (page: Page, text: string) => page.locator("sync-status .label", { hasText: text }).waitFor();

Deno.test("a form and a localStorage array sync by attributes alone, also through a reload without the service", async () => {
  const site = startEmbedSite();
  try {
    await withWorld(async ({ device, server }) => {
      site.upstream = server.origin;
      const token = await server.token("clara");
      // The page's only line of its own says who is signed in.
      site.pages["/"] = {
        html: `<!doctype html><html lang="en"><title>Site</title><link rel="icon" href="data:,">
          <script type="module" src="/sync-status.js"></script>
          <form id="settings"><label>Tuning <input name="tuning"></label>
            <label><input type="checkbox" name="metronome"> Metronome</label></form>
          <sync-status endpoint="${site.origin}/api/sync/v2" bind="#settings" watch-storage="pieces"></sync-status>
          <script>document.querySelector("sync-status").getToken = () => ${JSON.stringify(token)};</script>`,
      };
      const mine = await device();
      const phone = await mine.openTab(`${site.origin}/`);
      await label(phone, "All changes saved");
      await mine.loseService();
      await phone.getByLabel("Tuning").fill("A = 442 Hz");
      await phone.getByLabel("Metronome").check();
      await phone.evaluate(() =>
        localStorage.setItem("pieces", JSON.stringify([{ id: "1", title: "Arabesque" }]))
      );
      await phone.locator("sync-status .label", { hasText: /saved on this device|waiting|server/ }).waitFor();
      await phone.waitForFunction(async () => {
        const pending = await document.querySelector("sync-status")!.client!.changeQueue
          .getAllPendingChanges();
        return pending.some(({ entityType }) => entityType === "pieces");
      });
      await phone.reload();
      await phone.waitForFunction(() => document.querySelector("input")!.value === "A = 442 Hz");
      await mine.findService();
      await phone.evaluate(() => document.querySelector("sync-status")!.sync());
      await label(phone, "All changes saved");

      const laptop = await (await device()).openTab(`${site.origin}/`);
      await laptop.waitForFunction(() => document.querySelector("input")!.value === "A = 442 Hz");
      assertEquals(await laptop.getByLabel("Metronome").isChecked(), true);
      await laptop.waitForFunction(() => localStorage.getItem("pieces") !== null);
      assertEquals(await laptop.evaluate(() => JSON.parse(localStorage.getItem("pieces")!)), [
        { id: "1", title: "Arabesque" },
      ]);
    });
  } finally {
    await site.stop();
  }
});

Deno.test("two people who use one page in turn, and leave it in the middle of a word, find what is theirs and only that", async () => {
  const site = startEmbedSite();
  try {
    await withWorld(async ({ device, server }) => {
      site.upstream = server.origin;
      const tokens = { clara: await server.token("clara"), erik: await server.token("erik") };
      site.pages["/"] = {
        html: `<!doctype html><html lang="en"><title>Site</title><link rel="icon" href="data:,">
          <script type="module" src="/sync-status.js"></script>
          <sync-status endpoint="${site.origin}/api/sync/v2" bind="#settings" watch-storage="pieces"></sync-status>
          <main></main>
          <script>
            const tokens = ${JSON.stringify(tokens)};
            const sync = document.querySelector("sync-status");
            sync.getToken = () => tokens[localStorage.getItem("who")] ?? null;
            const render = () => document.querySelector("main").innerHTML =
              '<form id="settings"><label>Tuning <input name="tuning" value="A"></label><button type="reset">Reset</button></form>';
            const add = (title) => localStorage.setItem("pieces", JSON.stringify(
              [...JSON.parse(localStorage.getItem("pieces") ?? "[]"), { id: crypto.randomUUID(), title }]));
            const signIn = async (who) => { localStorage.setItem("who", who); await sync.client.signIn(); };
          </script>`,
      };
      const page = await (await device()).openTab(`${site.origin}/`);
      const run = (script: string) => page.evaluate(script);
      const tuning = page.getByLabel("Tuning");
      const untilTuning = (value: string) =>
        page.waitForFunction((value) => document.querySelector("input")?.value === value, value);
      const titles = () =>
        page.evaluate(() =>
          (JSON.parse(localStorage.getItem("pieces") ?? "[]") as { title: string }[]).map(({ title }) =>
            title
          )
        );
      const untilTitles = (expected: string[]) =>
        page.waitForFunction(
          (expected) =>
            JSON.stringify(
              document.querySelector("sync-status")!.client!.list("pieces").map(({ title }) => title),
            ) === JSON.stringify(expected),
          expected,
        );

      await run("signIn('clara')");
      await label(page, "All changes saved");
      await run("render(); add('Arabesque')");
      await tuning.fill("A = 442 Hz");
      await tuning.blur();
      await untilTitles(["Arabesque"]);
      await run("sync.sync()");
      await label(page, "All changes saved");

      // The second piece and the last word are younger than any look or pause.
      await tuning.fill("A = 442 Hz, mean");
      await run("add('Badinerie'); signIn('erik')");
      await untilTuning("A");
      assertEquals(await titles(), []);
      await run("add('Canon')");
      await untilTitles(["Canon"]);
      await tuning.fill("A = 415 Hz");
      await tuning.blur();
      await run("sync.sync()");
      await label(page, "All changes saved");

      await tuning.fill("A = 415 Hz, equ");
      await page.reload();
      await run("render()");
      await untilTuning("A = 415 Hz, equ");
      await untilTitles(["Canon"]);

      await run("signIn('clara')");
      await untilTuning("A = 442 Hz, mean");
      await untilTitles(["Arabesque", "Badinerie"]);
      await page.getByRole("button", { name: "Reset" }).click();
      await page.waitForFunction(() =>
        document.querySelector("sync-status")!.client!.get("settings", "settings")?.tuning === "A"
      );
    });
  } finally {
    await site.stop();
  }
});
