/** The packages that applications install. */
export const publishable: readonly string[];
