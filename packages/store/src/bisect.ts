// Search in what is sorted.

/** The first number in [0, limit] for which the test fails, when it holds for all before and for none after. */
export function bisect(limit: number, test: (i: number) => boolean): number {
  let low = 0;
  let high = limit;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
