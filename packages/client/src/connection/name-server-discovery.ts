/** Asks an HTTP server where the name servers are. */
import type { Http } from '@rocketmq-ts/common';
import { listedAddresses } from './listed-addresses.js';

const TIMEOUT_MS = 3000;
const MAX_BYTES = 64 * 1024;

/** Gives the addresses; rejects when there are none to be had. Source: DefaultTopAddressing#fetchNSAddr. */
export async function discoverNameServers(http: Http, url: string, signal: AbortSignal): Promise<readonly string[]> {
  const { status, text } = await http.get(url, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, signal });
  if (status !== 200) throw new Error(`${url} answered with status ${status}`);
  const [line = ''] = text.trim().split(/[\r\n]/);
  const addresses = listedAddresses(line);
  if (addresses.length === 0) throw new Error(`${url} answered without an address`);
  return addresses;
}
