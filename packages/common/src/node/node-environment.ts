/** The environment of this process, for the defaults of the configuration. */

import { availableParallelism, homedir, hostname, networkInterfaces } from 'node:os';
import { type Environment, readSystemProperties } from '../config/environment.js';

/**
 * The address others reach this machine at: the first IPv4 one that is neither
 * loopback nor 192.168.x.x, else any IPv4, else an IPv6 one, else loopback.
 * Source: NetworkUtil#getLocalAddress.
 */
function localAddress(): string {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((address) => !address.internal);
  const ipv4 = addresses.filter((address) => address.family === 'IPv4').map((address) => address.address);
  const preferred = ipv4.find((address) => !address.startsWith('127.0') && !address.startsWith('192.168'));
  const ipv6 = addresses.find((address) => address.family === 'IPv6' && !address.address.startsWith('fe80'));
  return preferred ?? ipv4.at(-1) ?? (ipv6 === undefined ? '127.0.0.1' : `[${ipv6.address}]`);
}

/** Looks at the machine once; `JAVA_OPT` gives the system properties, as in the reference's scripts. */
export function nodeEnvironment(): Environment {
  return {
    hostName: hostname(),
    localAddress: localAddress(),
    cpuCount: availableParallelism(),
    userHome: homedir(),
    variables: process.env,
    systemProperties: readSystemProperties(process.env.JAVA_OPT ?? ''),
  };
}
