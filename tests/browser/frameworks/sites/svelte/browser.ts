/** Starts the page in the browser, on what a server has rendered if it has. */
import { hydrate, mount } from "svelte";
import App from "./App.svelte";

const target = document.querySelector("#root")!;
const start = target.hasChildNodes() ? hydrate : mount;
start(App, { target, props: { binding: document.body.dataset.binding } });
