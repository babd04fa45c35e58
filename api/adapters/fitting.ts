/**
 * Which of several values a read gives: as many from the front as `bytesMax` holds, but the first that is there
 * always. `sizes` are bytes; null is a value that is not there, which costs nothing.
 */
export function fitting(sizes: readonly (number | null)[], bytesMax: number): boolean[] {
  let bytes = 0;
  return sizes.map((size) => {
    if (size === null) return true;
    const isFirst = bytes === 0;
    bytes += size;
    return isFirst || bytes <= bytesMax;
  });
}
