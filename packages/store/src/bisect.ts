// Search in what is sorted.

/** The first number in [0, limit] for which the test fails, when it holds for all before and for none after. */
export function bisect(limit: number, test: (i: number) => boolean): number {
  let low = 0;
  let high = limit;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (test(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As `bisect`, in [from, to] and with tests that take their time; `from` when nothing is between. */
export async function bisectSlowly(from: number, to: number, test: (i: number) => Promise<boolean>): Promise<number> {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await test(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
