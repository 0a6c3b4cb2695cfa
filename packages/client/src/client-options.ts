/** What every producer, consumer and admin client is told about the cluster and about itself. */
import { type Logger, silentLogger, type TlsClientOptions } from '@rocketmq-ts/common';
import { SerializeType } from '@rocketmq-ts/remoting';
import { listedAddresses } from './connection/listed-addresses.js';
import { type ProxyChoice, proxyChoice, type SocksProxyConfig } from './connection/socks-proxies.js';
import { InvalidArgumentError } from './errors.js';

/** Who signs the requests, for clusters with access control. */
export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly securityToken?: string;
}

/** An HTTP server that tells where the name servers are. Source: DefaultTopAddressing. */
export interface NameServerDomain {
  /** `host` or `host:port`, without a port 8080; what Java calls `rocketmq.namesrv.domain`. */
  readonly domain: string;
  /** The last part of the path, below `/rocketmq`; what Java calls `rocketmq.namesrv.domain.subgroup`. Default: `nsaddr`. */
  readonly subgroup?: string;
  /** How often it is asked anew. Default: 120000. */
  readonly refreshIntervalMs?: number;
}

/** The options of a connection to a cluster. */
export interface ClientOptions {
  /** `host:port`, several separated by `;` or as a list; or an HTTP server that tells them. */
  readonly nameServers: string | readonly string[] | NameServerDomain;
  /** Tells clients of one process and machine apart. Default: made from the process and the time. */
  readonly instanceName?: string;
  /** The address in the client id. Default: that of this machine. */
  readonly clientIp?: string;
  /** The unit (a region with its own topics) that this client is in: a part of its id, and of the path to a `NameServerDomain`. */
  readonly unitName?: string;
  /** Brokers are told that messages and subscriptions of this client belong to a unit. Default: false. */
  readonly unitMode?: boolean;
  /** Namespace V1: a prefix of topics and groups. */
  readonly namespace?: string;
  /** Namespace V2: goes with each request, names stay as they are. */
  readonly namespaceV2?: string;
  readonly credentials?: Credentials;
  /** True trusts any certificate, as the reference's test mode; options choose. Default: plain text. */
  readonly tls?: boolean | TlsClientOptions;
  /**
   * SOCKS 5 proxies by the networks that are reached through them, as an object or as the text that Java takes:
   * `{ "0.0.0.0/0": { "addr": "proxy:1080", "username": "me", "password": "secret" } }`. Default: none.
   */
  readonly socksProxyConfig?: string | SocksProxyConfig;
  /** Default: silence. */
  readonly logger?: Logger;
  /** How long answers of brokers and name servers are waited for, sends and pulls apart. Default: 3000. */
  readonly requestTimeoutMs?: number;
  /** Default: 3000. */
  readonly connectTimeoutMs?: number;
  /** Default: 30000. */
  readonly routeRefreshIntervalMs?: number;
  /** Default: 30000. */
  readonly heartbeatIntervalMs?: number;
  /** How headers are written. Default: `JSON`. */
  readonly serialization?: 'JSON' | 'ROCKETMQ';
}

/** An address server with its defaults in place. */
export interface ResolvedNameServerDomain {
  readonly url: string;
  readonly refreshIntervalMs: number;
}

/** Options with their defaults in place. */
export interface ResolvedClientOptions {
  /** None where a `NameServerDomain` tells them. */
  readonly nameServers: readonly string[];
  readonly nameServerDomain: ResolvedNameServerDomain | undefined;
  readonly instanceName: string | undefined;
  readonly clientIp: string | undefined;
  readonly unitName: string | undefined;
  readonly unitMode: boolean;
  readonly namespace: string | undefined;
  readonly namespaceV2: string | undefined;
  readonly credentials: Credentials | undefined;
  readonly tls: TlsClientOptions | undefined;
  /** The proxy for a host; undefined when all connections are direct. */
  readonly proxyFor: ProxyChoice | undefined;
  readonly logger: Logger;
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly routeRefreshIntervalMs: number;
  readonly heartbeatIntervalMs: number;
  readonly serializeType: SerializeType;
}

/** @throws InvalidArgumentError */
export function resolveClientOptions(options: ClientOptions): ResolvedClientOptions {
  const { nameServers } = options;
  return {
    nameServers: isDomain(nameServers) ? [] : nameServerList(nameServers),
    nameServerDomain: isDomain(nameServers) ? resolvedDomain(nameServers, options.unitName) : undefined,
    instanceName: options.instanceName,
    clientIp: options.clientIp,
    unitName: options.unitName,
    unitMode: options.unitMode ?? false,
    namespace: options.namespace || instanceNamespace(nameServers),
    namespaceV2: options.namespaceV2 || undefined,
    credentials: options.credentials,
    tls: options.tls === true ? { context: {}, verify: false } : options.tls || undefined,
    proxyFor: options.socksProxyConfig === undefined ? undefined : proxyChoice(options.socksProxyConfig),
    logger: options.logger ?? silentLogger,
    requestTimeoutMs: positive('requestTimeoutMs', options.requestTimeoutMs, 3000),
    connectTimeoutMs: positive('connectTimeoutMs', options.connectTimeoutMs, 3000),
    routeRefreshIntervalMs: positive('routeRefreshIntervalMs', options.routeRefreshIntervalMs, 30_000),
    heartbeatIntervalMs: positive('heartbeatIntervalMs', options.heartbeatIntervalMs, 30_000),
    serializeType: options.serialization === 'ROCKETMQ' ? SerializeType.ROCKETMQ : SerializeType.JSON,
  };
}

/** The value, or its default when absent; a whole number above 0. */
export function positive(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!Number.isSafeInteger(value) || value <= 0) {
    throw new InvalidArgumentError(`${name}: ${value} is not a whole number above 0`);
  }
  return value;
}

/** The value, or its default when absent; a whole number, 0 or above. */
export function notNegative(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError(`${name}: ${value} is not a whole number from 0`);
  }
  return value;
}

function isDomain(nameServers: ClientOptions['nameServers']): nameServers is NameServerDomain {
  return typeof nameServers === 'object' && 'domain' in nameServers;
}

/** Source: MixAll#getWSAddr, DefaultTopAddressing#fetchNSAddr. */
function resolvedDomain(
  { domain, subgroup = 'nsaddr', refreshIntervalMs }: NameServerDomain,
  unitName: string | undefined,
): ResolvedNameServerDomain {
  const host = domain.includes(':') ? domain : `${domain}:8080`;
  const unit = unitName?.trim() ? `-${unitName}?nofix=1` : '';
  const url = `http://${host}/rocketmq/${subgroup}${unit}`;
  if (!URL.canParse(url)) throw new InvalidArgumentError(`nameServers: '${domain}' is not a host or host:port`);
  return { url, refreshIntervalMs: positive('nameServers.refreshIntervalMs', refreshIntervalMs, 120_000) };
}

function nameServerList(given: string | readonly string[]): readonly string[] {
  const addresses = listedAddresses(typeof given === 'string' ? given : given.join(';'));
  if (addresses.length === 0) throw new InvalidArgumentError('nameServers: at least one host:port is needed');
  return addresses;
}

/** Instances that a cloud runs have their namespace in their address. Source: NameServerAddressUtils#parseInstanceIdFromEndpoint. */
function instanceNamespace(nameServers: ClientOptions['nameServers']): string | undefined {
  return typeof nameServers === 'string' ? /^(?:\w+:\/\/)?(MQ_INST_\w+_\w+)\./.exec(nameServers)?.[1] : undefined;
}
