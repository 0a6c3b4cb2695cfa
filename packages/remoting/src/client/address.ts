/** Addresses as the protocol writes them. */

/**
 * Splits `host:port`; IPv6 hosts stand in brackets.
 *
 * @throws Error that names the address when it is not of that form.
 */
export function parseAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(address.slice(colon + 1));
  if (colon <= 0 || host === '' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`address '${address}' is not of the form host:port`);
  }
  return { host, port };
}
