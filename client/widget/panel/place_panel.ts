/** Puts the open panel beside its button, inside the window, by CSSOM (a strict CSP forbids style attributes). */

const marginPx = 8;
const gapPx = 6;
/** Less room than this on the better side, and the panel may cover the button. */
const heightPxMin = 160;

/**
 * `placement`: any of `top`, `bottom`, `start`, `end`; what is left out, or does not fit, is chosen. The panel is
 * made as low as its side of the button has room.
 */
export function placePanel(panel: HTMLElement, button: HTMLElement, placement: string): void {
  const { style, scrollTop } = panel;
  // Measured at its full height, at which it has less to scroll or nothing.
  style.maxHeight = "";
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = panel;
  const { clientWidth, clientHeight } = document.documentElement;
  const below = clientHeight - at.bottom - marginPx - gapPx;
  const above = at.top - marginPx - gapPx;
  const wantsTop = /top/.test(placement) ? above >= height || above > below : below < height && above > below;
  const room = Math.max(wantsTop ? above : below, Math.min(heightPxMin, clientHeight - 2 * marginPx));
  const shownHeight = Math.min(height, room);
  const rtl = button.matches(":dir(rtl)");
  const alignRight = /end/.test(placement)
    ? !rtl
    : /start/.test(placement)
    ? rtl
    : at.left + at.right > clientWidth;
  const left = alignRight ? at.right - width : at.left;
  const top = wantsTop ? at.top - gapPx - shownHeight : at.bottom + gapPx;
  if (height > room) style.maxHeight = room + "px";
  style.left = clamp(left, clientWidth - width) + "px";
  style.top = clamp(top, clientHeight - shownHeight) + "px";
  panel.scrollTop = scrollTop;
}

function clamp(px: number, end: number): number {
  return Math.max(marginPx, Math.min(px, end - marginPx));
}
