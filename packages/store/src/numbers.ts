/** Limits of the numbers that the reference's files hold. */

/** Integer.MAX_VALUE. */
export const MAX_INT32 = 0x7fffffff;
