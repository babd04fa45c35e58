/** Starts the page in the browser. */
// First: Angular's own packages are completed by it when they are loaded.
import "@angular/compiler";
import { provideZonelessChangeDetection } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { App } from "./app.ts";

const root = document.createElement("app-root");
document.querySelector("#root")!.append(root);
await bootstrapApplication(App, { providers: [provideZonelessChangeDetection()] });
