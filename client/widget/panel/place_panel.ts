/** Puts the open panel beside its button, inside the window, by CSSOM (a strict CSP forbids style attributes). */

const marginPx = 8;

/** `placement`: any of `top`, `bottom`, `start`, `end`; what is left out, or does not fit, is chosen. */
export function placePanel(panel: HTMLElement, button: HTMLElement, placement: string): void {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height, style } = panel;
  const view = document.documentElement;
  const below = view.clientHeight - at.bottom - marginPx;
  const above = at.top - marginPx;
  const wantsTop = /top/.test(placement) ? above >= height || above > below : below < height && above > below;
  const rtl = button.matches(":dir(rtl)");
  const alignRight = /end/.test(placement)
    ? !rtl
    : /start/.test(placement)
    ? rtl
    : at.left * 2 > view.clientWidth;
  const left = alignRight ? at.right - width : at.left;
  style.left = Math.max(marginPx, Math.min(left, view.clientWidth - width - marginPx)) + "px";
  style.top = Math.max(
    marginPx,
    wantsTop ? at.top - height - 6 : Math.min(at.bottom + 6, view.clientHeight - height - marginPx),
  ) +
    "px";
}
