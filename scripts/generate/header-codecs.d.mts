export function headerCodecsSource(headers: readonly object[]): string;
