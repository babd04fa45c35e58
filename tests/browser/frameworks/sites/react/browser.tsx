/** Starts the page in the browser, on what a server has rendered if it has. */
import { StrictMode } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { App, type TokenBinding } from "./app.tsx";

const root = document.querySelector("#root")!;
const page = (
  <StrictMode>
    <App binding={document.body.dataset.binding as TokenBinding} />
  </StrictMode>
);
if (root.hasChildNodes()) hydrateRoot(root, page);
else createRoot(root).render(page);
