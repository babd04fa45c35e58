/** Prints the page as a server sends it. */
import { render } from "svelte/server";
import App from "./App.svelte";

console.log(render(App, { props: { binding: "event" } }).body);
