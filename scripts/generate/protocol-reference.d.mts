export function protocolReference(
  commands: readonly object[],
  headers: readonly object[],
  responseCodes: object,
): string;
