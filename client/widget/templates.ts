/**
 * The template engine, as far as the panel and the review use it. In a bundle this module is a chunk that both
 * import, so that neither carries a copy.
 */
export { html, nothing, render, type TemplateResult } from "lit/html.js";
export { repeat } from "lit/directives/repeat.js";
