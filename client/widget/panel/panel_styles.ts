/** The panel's style sheet, on top of the button's; text, because the chunk carries no Lit. */
export const panelStyles = `
[popover]{position:fixed;inset:auto;margin:0;box-sizing:border-box;inline-size:min(22rem,calc(100vw - 16px));max-block-size:min(30rem,80vh);overflow:auto;padding:14px 16px;color:var(--_fg);background:var(--_bg);border:1px solid var(--_line);border-radius:12px;box-shadow:0 8px 32px #0004;z-index:var(--sync-status-z,auto)}
[popover]>*{margin-block:0 10px}
h2,h3{font-size:1em;font-weight:600}
h3{font-size:.875em;margin:0 0 4px}
ul{list-style:none;margin:0;padding:0}
li{display:flex;flex-wrap:wrap;gap:4px var(--_gap);align-items:center;padding-block:6px;border-block-start:1px solid var(--_line)}
li>span{flex:1 1 8em;overflow-wrap:anywhere}
li>p{flex-basis:100%}
p,li>time{margin:0;font-size:.875em;opacity:.8}
progress{inline-size:100%;accent-color:var(--_accent)}`;
