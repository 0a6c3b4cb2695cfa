/** Addresses as people read them: for the ready line and for errors. */

/** `host:port`, an IPv6 host in brackets. */
export function addressOf(host: string, port: number): string {
  return `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}
