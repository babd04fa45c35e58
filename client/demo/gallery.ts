/**
 * The gallery: `<sync-status>` in each of its 13 states, through its public surface only. Theme, language and
 * variant come from the form or from the address (`?theme=dark&lang=ar&variant=icon`).
 */
import { type SyncState, syncStates } from "../sync_client_api.ts";
import { byId, element } from "./element.ts";
import { createGalleryClient } from "./gallery_client.ts";

const form = byId<HTMLFormElement>("settings");
const asked = new URLSearchParams(location.search);
for (const select of form.querySelectorAll("select")) select.value = asked.get(select.name) ?? select.value;
form.addEventListener("change", show);
show();

function show(): void {
  const { theme, lang, variant } = Object.fromEntries(new FormData(form)) as Record<string, string>;
  const root = document.documentElement;
  root.dataset.theme = theme;
  root.lang = lang!;
  root.dir = lang === "ar" ? "rtl" : "ltr";
  byId("states").replaceChildren(...syncStates.map((state) => card(state, variant!)));
}

function card(state: SyncState, variant: string): HTMLElement {
  const status = document.createElement("sync-status");
  status.id = state;
  status.variant = variant;
  status.client = createGalleryClient(state, Date.now());
  return element("section", {}, [element("h2", { lang: "en", dir: "ltr" }, [state]), status]);
}
