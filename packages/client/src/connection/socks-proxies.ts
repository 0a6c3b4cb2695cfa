/** Which connections go through a SOCKS 5 proxy. */
import { parseIp, type SocksProxy } from '@rocketmq-ts/common';
import { parseAddress } from '@rocketmq-ts/remoting';
import { InvalidArgumentError, reasonOf } from '../errors.js';

/** Proxies by network (`10.0.0.0/8`; `0.0.0.0/0` is everything, host names too), the first that fits counts. Source: SocksProxyConfig. */
export type SocksProxyConfig = Readonly<Record<string, SocksProxyEntry>>;

/** One proxy. */
export interface SocksProxyEntry {
  /** `host:port`. */
  readonly addr: string;
  readonly username?: string;
  readonly password?: string;
}

/** The proxy for a host; undefined when it is reached directly. */
export type ProxyChoice = (host: string) => SocksProxy | undefined;

const EVERYTHING = '0.0.0.0/0';

/** Source: NettyRemotingClient#getProxy. @throws InvalidArgumentError */
export function proxyChoice(config: string | SocksProxyConfig): ProxyChoice | undefined {
  const proxies = Object.entries(configOf(config)).map(([network, entry]) => ({
    includes: networkOf(network),
    proxy: proxyOf(network, entry),
  }));
  if (proxies.length === 0) return undefined;
  return (host) => proxies.find(({ includes }) => includes(host))?.proxy;
}

function configOf(config: string | SocksProxyConfig): SocksProxyConfig {
  if (typeof config !== 'string') return config;
  let parsed: unknown;
  try {
    parsed = JSON.parse(config);
  } catch (error) {
    throw new InvalidArgumentError(`socksProxyConfig: no JSON: ${reasonOf(error)}`, { cause: error });
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as SocksProxyConfig;
  throw new InvalidArgumentError('socksProxyConfig: the JSON must be an object of proxies by network');
}

function proxyOf(network: string, entry: SocksProxyEntry | null): SocksProxy {
  const name = `socksProxyConfig '${network}'`;
  const { addr, username, password } = entry ?? {};
  if (typeof addr !== 'string') throw new InvalidArgumentError(`${name}: addr is missing`);
  let address: { readonly host: string; readonly port: number };
  try {
    address = parseAddress(addr);
  } catch (error) {
    throw new InvalidArgumentError(`${name}: ${reasonOf(error)}`, { cause: error });
  }
  if (!username) return address;
  return { ...address, username, ...(password ? { password } : {}) };
}

function networkOf(network: string): (host: string) => boolean {
  if (network === EVERYTHING) return () => true;
  const [base = '', bits = ''] = network.split('/');
  const address = parseIp(base);
  if (address === undefined || !/^\d{1,3}$/.test(bits) || Number(bits) > address.length * 8) {
    throw new InvalidArgumentError(`socksProxyConfig: '${network}' is no network; write for example 10.0.0.0/8`);
  }
  return (host) => {
    const ip = parseIp(host);
    return ip !== undefined && ip.length === address.length && haveSamePrefix(ip, address, Number(bits));
  };
}

function haveSamePrefix(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  const whole = bits >>> 3;
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false;
  const rest = bits & 7;
  return rest === 0 || (a[whole]! ^ b[whole]!) >>> (8 - rest) === 0;
}
