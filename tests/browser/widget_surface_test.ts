/** What a site can set on the element from outside, in a real browser: looks, places, slots, the exported log. */
// Types only: the element in `HTMLElementTagNameMap`.
import type {} from "../../client/widget/sync_status.ts";
import { assertEquals } from "@std/assert";
import { openGallery, openPanel } from "./gallery_page.ts";
import { withWorld } from "./harness/world.ts";

/** What a site may write: every style property, every part with a padding of its own. */
const siteStyles =
  `#failed, #stale, #pending { --sync-status-color: rgb(1, 1, 1); --sync-status-bg: rgb(2, 2, 2);
        --sync-status-accent: rgb(3, 3, 3); --sync-status-warning: rgb(4, 4, 4); --sync-status-danger: rgb(5, 5, 5);
        --sync-status-radius: 7px; --sync-status-gap: 13px; --sync-status-font: 20px monospace; --sync-status-z: 77 }
        #conflict::part(button) { padding-top: 1px } #conflict::part(icon) { padding-top: 2px }
        #conflict::part(label) { padding-top: 3px } #conflict::part(badge) { padding-top: 4px }
        #conflict::part(panel) { padding-top: 5px } #conflict::part(section) { padding-top: 6px }
        #conflict::part(list) { padding-top: 7px } #conflict::part(item) { padding-top: 8px }
        #conflict::part(action) { padding-top: 9px } #conflict::part(compare) { padding-top: 10px }`;

Deno.test("variants, placement, style properties, parts and slots do what they promise", () =>
  withWorld(async ({ device }) => {
    const page = await openGallery(await device(), "?theme=light");
    await page.setViewportSize({ width: 1000, height: 1000 });
    const variants = await page.evaluate(async () => {
      const element = document.getElementById("failed") as HTMLElementTagNameMap["sync-status"];
      const root = element.shadowRoot!;
      const look: Record<string, unknown> = {};
      for (const variant of ["pill", "icon", "bar"]) {
        element.variant = variant;
        await element.updateComplete;
        const [button, label, badge] = ["button", ".label", ".badge"].map((one) =>
          root.querySelector(one)!.getBoundingClientRect()
        );
        look[variant] = {
          label: label!.width > 1,
          badge: badge!.width > 0 && root.querySelector(".badge")!.textContent,
          // As wide as the heading above it.
          fills: button!.width === element.previousElementSibling!.getBoundingClientRect().width,
        };
      }
      element.variant = "icon";
      return look;
    });
    assertEquals(variants, {
      pill: { label: true, badge: false, fills: false },
      icon: { label: false, badge: "2", fills: false },
      bar: { label: true, badge: false, fills: true },
    });
    // Without its label on show the button still has it as its name.
    await page.getByRole("button", { name: "2 couldn't be saved", exact: true }).waitFor();

    // Lifted out of the grid, so that there is room on every side.
    await page.evaluate(() => {
      const element = document.getElementById("synced") as HTMLElementTagNameMap["sync-status"];
      document.body.append(element);
      Object.assign(element.style, { position: "fixed", top: "480px", left: "400px" });
    });
    const where: Record<string, string> = {};
    for (const dir of ["ltr", "rtl"]) {
      for (const placement of ["bottom start", "top start", "bottom end", "top end"]) {
        await page.evaluate(async ({ dir, placement }) => {
          const element = document.getElementById("synced") as HTMLElementTagNameMap["sync-status"];
          document.documentElement.dir = dir;
          element.placement = placement;
          await element.close();
          await element.open();
        }, { dir, placement });
        await page.locator("#synced #panel footer").waitFor();
        where[`${placement} ${dir}`] = await page.evaluate(async () => {
          const root = document.getElementById("synced")!.shadowRoot!;
          // The panel is placed again once its content is there.
          await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
          const [panel, button] = ["#panel", "button"].map((one) =>
            root.querySelector(one)!.getBoundingClientRect()
          );
          const edge = Math.abs(panel!.left - button!.left) < 1
            ? "left"
            : Math.abs(panel!.right - button!.right) < 1
            ? "right"
            : "neither";
          return `${panel!.top >= button!.bottom ? "below" : "above"} ${edge}`;
        });
      }
    }
    assertEquals(where, {
      "bottom start ltr": "below left",
      "top start ltr": "above left",
      "bottom end ltr": "below right",
      "top end ltr": "above right",
      "bottom start rtl": "below right",
      "top start rtl": "above right",
      "bottom end rtl": "below left",
      "top end rtl": "above left",
    });
    await page.evaluate(() => (document.documentElement.dir = "ltr"));

    await page.evaluate((css) => {
      // As a style sheet object: the page's policy allows no style elements.
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      document.adoptedStyleSheets.push(sheet);
    }, siteStyles);
    const set = await page.evaluate(() => {
      const style = (id: string, selector: string) =>
        getComputedStyle(document.getElementById(id)!.shadowRoot!.querySelector(selector)!);
      const { color, backgroundColor, borderTopLeftRadius, columnGap, fontSize, fontFamily } = style(
        "pending",
        "button",
      );
      return {
        button: [color, backgroundColor, borderTopLeftRadius, columnGap, fontSize, fontFamily],
        tones: ["pending", "stale", "failed"].map((id) => style(id, "svg").stroke),
        z: style("pending", "#panel").zIndex,
      };
    });
    assertEquals(set, {
      button: ["rgb(1, 1, 1)", "rgb(2, 2, 2)", "7px", "13px", "20px", "monospace"],
      tones: ["rgb(3, 3, 3)", "rgb(4, 4, 4)", "rgb(5, 5, 5)"],
      z: "77",
    });

    await openPanel(page, "conflict");
    await page.locator("#conflict .conflicts button").first().click();
    await page.locator("#conflict dialog h2").waitFor();
    const parts = [
      "button",
      "icon",
      "label",
      "badge",
      "panel",
      "section",
      "list",
      "item",
      "action",
      "compare",
    ];
    const padded = await page.evaluate((parts) =>
      parts.map((part) => {
        const found = document.getElementById("conflict")!.shadowRoot!.querySelector(`[part=${part}]`)!;
        return getComputedStyle(found).paddingTop;
      }), parts);
    assertEquals(padded, parts.map((_, index) => `${index + 1}px`));

    await page.evaluate(() => {
      document.getElementById("offline")!.innerHTML = `<i slot="icon">icon</i><i slot="label">label</i>
        <i slot="panel-header">header</i><i slot="panel-footer">footer</i>`;
    });
    await openPanel(page, "offline");
    const slotted = await page.evaluate(() =>
      [...document.querySelectorAll("#offline > i")].map((node) =>
        node.getBoundingClientRect().height > 0 ? node.textContent : "hidden"
      )
    );
    assertEquals(slotted, ["icon", "label", "header", "footer"]);
  }));

Deno.test("the exported log is a file without the contents of records, and has them only when asked for", () =>
  withWorld(async ({ device, server }) => {
    const page = await (await device()).openBlankTab();
    await page.evaluate(async ({ endpoint, token }) => {
      await import(String("/sync-status.js"));
      const element = document.createElement("sync-status");
      element.setAttribute("endpoint", endpoint);
      element.setAttribute("paused", "");
      element.getToken = () => token;
      document.body.append(element);
      await element.client!.create("goal", { id: "one", title: "canary of a private title" });
    }, { endpoint: server.endpoint, token: await server.token("clara") });
    /** The text of the file that the next export downloads. */
    const exported = async (values: boolean) => {
      const download = page.waitForEvent("download");
      await page.evaluate((values) => document.querySelector("sync-status")!.exportLog({ values }), values);
      return await Deno.readTextFile(await (await download).path());
    };
    const [redacted, whole] = [await exported(false), await exported(true)];
    for (const text of [redacted, whole]) {
      const { changes } = JSON.parse(text);
      assertEquals([changes.length, changes[0].entityId], [1, "one"]);
    }
    assertEquals([redacted.includes("canary"), whole.includes("canary")], [false, true]);
  }));
