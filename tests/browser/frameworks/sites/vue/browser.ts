/** Starts the page in the browser, on what a server has rendered if it has. */
import { createApp, createSSRApp } from "vue";
import App from "./App.vue";

const create = document.querySelector("#root")!.hasChildNodes() ? createSSRApp : createApp;
create(App, { binding: document.body.dataset.binding }).mount("#root");
