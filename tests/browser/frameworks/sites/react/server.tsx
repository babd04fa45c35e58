/** Prints the page as a server sends it. */
import { StrictMode } from "react";
import { renderToString } from "react-dom/server";
import { App } from "./app.tsx";

console.log(renderToString(
  <StrictMode>
    <App binding="ref" />
  </StrictMode>,
));
