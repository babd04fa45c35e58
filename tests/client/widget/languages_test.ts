import { assertEquals } from "@std/assert";
import { shippedLanguage } from "../../../client/widget/languages/shipped_languages.ts";
import { loadLanguage } from "../../../client/widget/load_language.ts";
import { english, type Message, type Messages } from "../../../client/widget/messages.ts";
import { panelEnglish } from "../../../client/widget/panel/panel_messages.ts";
import { reviewEnglish } from "../../../client/widget/review/review_messages.ts";
import { stateLabel } from "../../../client/widget/labels.ts";
import { statusOf } from "./fake_sync_client.ts";
import { showElement } from "./element_page.ts";

const all: Record<string, Message> = { ...english, ...panelEnglish, ...reviewEnglish };
const codes = ["de", "fr", "es", "ja", "ar"] as const;

function texts(message: Message): string[] {
  return typeof message === "string" ? [message] : Object.values(message);
}

function placeholders(message: Message): string {
  return [...new Set(texts(message).flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort().join();
}

Deno.test("every language has every message, with the same values to fill in", async () => {
  for (const code of codes) {
    const words = (await loadLanguage(code)).messages as Record<string, Message>;
    assertEquals(Object.keys(words).sort(), Object.keys(all).sort(), code);
    for (const [key, message] of Object.entries(all)) {
      assertEquals(placeholders(words[key]!), placeholders(message), `${code}: ${key}`);
      assertEquals(texts(words[key]!).every((text) => text.trim().length > 0), true, `${code}: ${key}`);
    }
  }
});

Deno.test("a message by count has a text for every count that its language tells apart", async () => {
  for (const code of codes) {
    const words = (await loadLanguage(code)).messages as Record<string, Message>;
    const categories = new Intl.PluralRules(code).resolvedOptions().pluralCategories;
    for (const [key, message] of Object.entries(words)) {
      if (typeof message === "string") continue;
      const missing = message.other === undefined ? categories.filter((one) => !(one in message)) : [];
      assertEquals(missing, [], `${code}: ${key}`);
      if (code === "ar") assertEquals(categories.filter((one) => !(one in message)), [], `${code}: ${key}`);
    }
  }
});

Deno.test("a language is told by its tag, and one that is not spoken is not taken for another", () => {
  assertEquals(["de", "de-AT", "DE-ch", "en-GB", "den", "cs", "arn", ""].map(shippedLanguage), [
    "de",
    "de",
    "de",
    "",
    null,
    null,
    null,
    null,
  ]);
});

Deno.test("a length of time stands in the case that Intl gives it", async () => {
  const stale = async (code: "de" | "ar", pending: number, days: number) => {
    const { messages } = await loadLanguage(code);
    return stateLabel(
      statusOf({ state: "stale", pending, oldestPendingAt: 0 }),
      messages,
      code,
      days * 86_400_000,
    );
  };
  assertEquals(await stale("de", 2, 3), "2 warten schon 3 Tage auf Synchronisierung");
  assertEquals(await stale("de", 1, 1), "1 wartet schon 1 Tag auf Synchronisierung");
  // Intl gives the nominative of the dual, which no preposition may govern.
  assertEquals(await stale("ar", 2, 2), "تغييران دون مزامنة · يومان");
});

Deno.test("the words follow the element's language, also when it changes, and the site's own win", async () => {
  const page = await showElement({ lang: "de" });
  page.client.set({ state: "pending", pending: 2 });
  await loadLanguage("de");
  await page.drawn();
  assertEquals(page.text("button .label"), "2 warten auf Synchronisierung");
  page.element.lang = "ar";
  await loadLanguage("ar");
  await page.drawn();
  assertEquals(page.text("button .label"), "تغييران بانتظار المزامنة");
  assertEquals(page.element.shadowRoot!.querySelector("button")!.dir, "rtl");
  page.element.messages = { pending: "mine" } satisfies Messages;
  await page.drawn();
  assertEquals(page.text("button .label"), "mine");
  page.element.messages = {};
  page.element.lang = "cs";
  await page.drawn();
  assertEquals(page.text("button .label"), "2 waiting to sync");
  assertEquals(page.element.shadowRoot!.querySelector("button")!.lang, "en");
  page.remove();
});

Deno.test("the panel is in the page's language, with its plurals and times", async () => {
  const page = await showElement();
  document.documentElement.lang = "fr";
  try {
    await page.drawn();
    await loadLanguage("fr");
    page.client.set({ state: "synced", lastSyncTime: page.clock.wallMs() - 120_000 });
    await page.toggle("open");
    assertEquals(page.text("p time"), "Dernière synchronisation : il y a 2 min");
    assertEquals(page.text("#panel > footer button"), "Synchroniser");
  } finally {
    page.remove();
    document.documentElement.removeAttribute("lang");
  }
});

/** The element's label on a page in this language, with the site's own words. */
async function labelIn(lang: string, messages?: Messages): Promise<{ label: string; lang: string }> {
  document.documentElement.lang = lang;
  try {
    const page = await showElement();
    Object.assign(page.element, { messages });
    page.client.set({ state: "pending", pending: 2 });
    const code = shippedLanguage(lang);
    if (code) await loadLanguage(code);
    await page.drawn();
    const label = page.text("button .label");
    const button = page.element.shadowRoot!.querySelector("button")!;
    page.remove();
    return { label, lang: button.lang };
  } finally {
    document.documentElement.removeAttribute("lang");
  }
}

Deno.test("a language tag that is written wrongly costs nobody the label", async () => {
  const german = "2 warten auf Synchronisierung";
  assertEquals(await labelIn("en_US"), { label: "2 waiting to sync", lang: "en-US" });
  assertEquals(await labelIn("zh_Hant_TW", { pending: "mine" }), { label: "mine", lang: "zh-Hant-TW" });
  assertEquals(await labelIn("de_DE"), { label: german, lang: "de-DE" });
  assertEquals(await labelIn("de_DE.UTF-8"), { label: german, lang: "de" });
  assertEquals(await labelIn("{{ lang }}"), { label: "2 waiting to sync", lang: "en" });
  assertEquals(await labelIn("{{ lang }}", { pending: "mine" }), { label: "mine", lang: "en" });
});

Deno.test("a page in a language that is not spoken, whose framework sets messages to undefined, gets English", async () => {
  assertEquals(await labelIn("nl", undefined), { label: "2 waiting to sync", lang: "en" });
});

Deno.test("an element that is moved under another language, or put back into one, speaks it", async () => {
  const [english, german] = ["en", "de"].map((lang) => {
    const part = document.createElement("div");
    part.lang = lang;
    document.body.append(part);
    return part;
  });
  const page = await showElement();
  const label = async () => {
    await page.drawn();
    await loadLanguage("de");
    await page.drawn();
    return page.text("button .label");
  };
  english!.append(page.element);
  assertEquals(await label(), "All changes saved");
  german!.append(page.element);
  assertEquals(await label(), "Alle Änderungen gespeichert");
  english!.append(page.element);
  assertEquals(await label(), "All changes saved");
  page.element.remove();
  english!.lang = "de";
  english!.append(page.element);
  assertEquals(await label(), "Alle Änderungen gespeichert");
  page.remove();
  english!.remove();
  german!.remove();
});

Deno.test("what is said aloud is in the language and direction of its words", async () => {
  document.documentElement.lang = "nl";
  const page = await showElement();
  try {
    const regions = [...page.element.shadowRoot!.querySelectorAll<HTMLElement>(".quiet")];
    assertEquals(regions.map(({ lang, dir }) => [lang, dir]), [["en", ""], ["en", ""]]);
    page.element.lang = "ar";
    await page.drawn();
    assertEquals(regions.map(({ lang, dir }) => [lang, dir]), [["ar", "rtl"], ["ar", "rtl"]]);
  } finally {
    page.remove();
    document.documentElement.removeAttribute("lang");
  }
});
