/** Permissions of topics and brokers as bits, and their text form. */

/** Source: PermName. */
export const PermName = { INHERIT: 0x1, WRITE: 0x2, READ: 0x4, PRIORITY: 0x8 } as const;

/** True when consumers may pull. */
export function isReadable(perm: number): boolean {
  return (perm & PermName.READ) !== 0;
}

/** True when producers may send. */
export function isWriteable(perm: number): boolean {
  return (perm & PermName.WRITE) !== 0;
}

/** True when new topics may take their settings from this one, as from `TBW102`. */
export function isInherited(perm: number): boolean {
  return (perm & PermName.INHERIT) !== 0;
}

/** Readable or writeable. */
export function isAccessible(perm: number): boolean {
  return (perm & (PermName.READ | PermName.WRITE)) !== 0;
}

/** True for a combination of read, write and inherit. Source: PermName#isValid. */
export function isValidPerm(perm: number): boolean {
  return Number.isInteger(perm) && perm >= 0 && perm < PermName.PRIORITY;
}

/** `RWX` with `-` for what is missing. Source: PermName#perm2String. */
export function formatPerm(perm: number): string {
  return (isReadable(perm) ? 'R' : '-') + (isWriteable(perm) ? 'W' : '-') + (isInherited(perm) ? 'X' : '-');
}
