/** The page's few icons, drawn in the text colour on a 20 × 20 grid. Decoration: the button has the name. */
import { svgElement } from "./element.ts";

const paths = {
  edit: "M4 16l.8-3.4 8.4-8.4a1.4 1.4 0 0 1 2 0l.6.6a1.4 1.4 0 0 1 0 2L7.4 15.2z",
  delete: "M4 6h12M8 6V4h4v2M5.5 6l.7 10h7.6l.7-10M8.5 9v4.5M11.5 9v4.5",
  waiting: "M10 16V5M6 9l4-4 4 4",
} as const;

/** A new icon node. */
export function icon(name: keyof typeof paths): SVGSVGElement {
  return svgElement("svg", { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true" }, [
    svgElement("path", { d: paths[name] }),
  ]);
}
