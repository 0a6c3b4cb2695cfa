/** Lists of addresses as configurations and address servers write them. */

/** The addresses of a text, each once. What stands before `//` is no part of one. Source: ClientConfig#getNamesrvAddr. */
export function listedAddresses(text: string): readonly string[] {
  const addresses = text.split(';').map((address) => address.trim().replace(/^\w+:\/\//, ''));
  return [...new Set(addresses.filter((address) => address !== ''))];
}
