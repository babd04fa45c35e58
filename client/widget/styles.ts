/**
 * The button's style sheet. Colours follow the page's `color-scheme` through `light-dark()`; every size is
 * logical; forced colours get system colours because nothing but borders and text carries meaning. Written
 * tightly, one rule a line, because every page that embeds the element carries it.
 */
import { unsafeCSS } from "@lit/reactive-element";

/** For `static styles`; nothing of it comes from anywhere but here. */
export const styles = unsafeCSS(`
:host{--_fg:var(--sync-status-color,light-dark(#22262a,#e9e6e0));--_bg:var(--sync-status-bg,light-dark(#fff,#1d2023));--_accent:var(--sync-status-accent,light-dark(#1c6657,#86d0bf));--_line:color-mix(in srgb,var(--_fg) 22%,transparent);--_gap:var(--sync-status-gap,8px);display:inline-block;font:var(--sync-status-font,inherit);color:var(--_fg)}
:host([hidden]){display:none}
:host([variant=bar]){display:block}
:host([variant=bar])>button{inline-size:100%;border-radius:0}
:host([variant=icon])>button{padding:5px}
:host([variant=icon])>button>.label,.quiet{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.badge{display:none;font-size:.75em;font-weight:600}
:host([variant=icon]) .badge:not(:empty){display:inline}
button{font:inherit;color:var(--_fg);background:var(--_bg);border:1px solid var(--_line);border-radius:6px;min-block-size:28px;padding:4px 10px;cursor:pointer}
:host>button{display:inline-flex;align-items:center;gap:var(--_gap);min-block-size:30px;border-radius:var(--sync-status-radius,99px);text-align:start}
button:hover{border-color:var(--_accent)}
:focus-visible{outline:2px solid var(--_accent);outline-offset:2px}
svg{inline-size:1em;block-size:1em;flex:none;fill:none;stroke:var(--_accent);stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.warning{stroke:var(--sync-status-warning,light-dark(#8a5200,#f1b65f))}
.danger{stroke:var(--sync-status-danger,light-dark(#b3261e,#ff9388))}
.syncing{animation:rise 1s ease-in-out infinite alternate}
@keyframes rise{to{opacity:.35}}
@media (prefers-reduced-motion:reduce){.syncing{animation:none}}
@media (forced-colors:active){svg[class]{stroke:currentColor}}`);
