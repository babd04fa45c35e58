/** The panel's style sheet, on top of the button's; text, because the chunk carries no Lit. */
export const panelStyles = `
[popover],dialog{box-sizing:border-box;overflow:auto;overscroll-behavior:contain;color:var(--_fg);background:var(--_bg);border:1px solid var(--_line);border-radius:12px;box-shadow:0 8px 32px #0004;font-size:max(.875rem,.9em);line-height:1.45;text-align:start;white-space:normal;letter-spacing:normal;word-spacing:normal;text-transform:none;text-indent:0}
[popover]{position:fixed;inset:auto;margin:0;inline-size:min(23rem,calc(100vw - 16px));max-block-size:min(34rem,calc(100dvh - 64px));padding:14px 16px;z-index:var(--sync-status-z,auto)}
h2,h3,summary{font-size:1em;font-weight:600;margin:0;overflow-wrap:anywhere}
h3,summary{font-size:.92em}
p{margin:2px 0;overflow-wrap:anywhere}
p,li>time{color:color-mix(in srgb,var(--_fg) 82%,var(--_bg))}
.notice:not(dialog .notice){display:flex;flex-wrap:wrap;gap:4px var(--_gap);align-items:center}
.notice:not(:has(button)):has(:empty),.notice:empty{margin:0}
.notice{font-weight:600;color:inherit}
section,details{border-block-start:1px solid var(--_line);padding-block:8px;margin-block-start:8px}
details{margin:0;padding-block:0}
section+details{margin-block-start:0}
.notice+details{margin-block-start:8px}
summary{cursor:pointer;padding-block:7px;min-block-size:24px;box-sizing:border-box}
details[open]{padding-block-end:8px}
ul,ol{list-style:none;margin:0;padding:0}
li{display:flex;flex-wrap:wrap;gap:4px var(--_gap);align-items:center;padding-block:5px}
li+li{border-block-start:1px solid var(--_line)}
li>span{flex:1 1 8em;overflow-wrap:anywhere}
li>p{flex-basis:100%}
li>time{font-size:.92em}
li>div,footer{display:flex;flex-wrap:wrap;gap:6px}
li>div{padding-block-end:5px}
.dependent{padding-inline-start:16px}
footer{border-block-start:1px solid var(--_line);padding-block:10px 2px}
.main{margin-block:6px}
progress{inline-size:100%;accent-color:var(--_accent)}`;
