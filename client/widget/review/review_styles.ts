/** The review's style sheet, on top of the panel's; three columns where there is room for them. */
export const reviewStyles = `
dialog{margin:auto;inline-size:min(52rem,calc(100vw - 16px));max-inline-size:none;max-block-size:calc(100dvh - 16px);padding:16px 18px 0;container-type:inline-size}
dialog::backdrop{background:#0007}
dialog h2{font-size:1.15em;margin-block-end:6px}
dialog footer{position:sticky;inset-block-end:0;background:var(--_bg);padding-block:12px 14px;margin-block-start:12px}
dialog .notice:not(:empty){border-inline-start:4px solid var(--sync-status-warning,light-dark(#8a5200,#f1b65f));padding:6px 10px;margin-block:8px}
fieldset{border:0;margin:14px 0 0;padding:0;min-inline-size:0;display:grid;gap:8px}
legend,.title{font-weight:600;padding:0;overflow-wrap:anywhere}
legend{margin-block-end:4px}
.side{min-inline-size:0;display:flex;flex-direction:column;gap:4px}
div.side[part]{margin-block-start:12px}
.side label{display:flex;gap:6px;align-items:center;min-block-size:24px}
.side .title{display:flex;align-items:center;min-block-size:24px;font-weight:inherit}
div.side[part]>.title{font-weight:600}
input[type=radio]{inline-size:18px;block-size:18px;margin:3px;accent-color:var(--_accent);flex:none}
.value,textarea,.side>input,select{box-sizing:border-box;inline-size:100%;margin:0;padding:6px 8px;border:1px solid var(--_line);border-radius:6px;font:inherit;color:var(--_fg);background:var(--_bg)}
textarea,.side>input,select{border-color:color-mix(in srgb,var(--_fg) 60%,var(--_bg))}
.side>input,select{min-block-size:34px}
.value{white-space:pre-wrap}
.side:has(:checked)>.value{border-color:var(--_accent);box-shadow:inset 0 0 0 1px var(--_accent)}
.long{max-block-size:14em;overflow:auto}
textarea{field-sizing:content;min-block-size:2.4em;max-block-size:24em;resize:vertical}
.problem{color:var(--sync-status-danger,light-dark(#b3261e,#ff9388))}
@container (min-width:38rem){fieldset{grid-template-columns:repeat(3,1fr)}}
@media (forced-colors:active){.side:has(:checked)>.value{outline:2px solid Highlight}}`;
