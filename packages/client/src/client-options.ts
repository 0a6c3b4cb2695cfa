/** What every producer, consumer and admin client is told about the cluster and about itself. */
import { type Logger, silentLogger, type TlsClientOptions } from '@rocketmq-ts/common';
import { SerializeType } from '@rocketmq-ts/remoting';
import { InvalidArgumentError } from './errors.js';

/** Who signs the requests, for clusters with access control. */
export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly securityToken?: string;
}

/** The options of a connection to a cluster. */
export interface ClientOptions {
  /** `host:port`, several separated by `;` or as a list. */
  readonly nameServers: string | readonly string[];
  /** Tells clients of one process and machine apart. Default: made from the process and the time. */
  readonly instanceName?: string;
  /** The address in the client id. Default: that of this machine. */
  readonly clientIp?: string;
  readonly unitName?: string;
  /** Namespace V1: a prefix of topics and groups. */
  readonly namespace?: string;
  /** Namespace V2: goes with each request, names stay as they are. */
  readonly namespaceV2?: string;
  readonly credentials?: Credentials;
  /** True trusts any certificate, as the reference's test mode; options choose. Default: plain text. */
  readonly tls?: boolean | TlsClientOptions;
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

/** Options with their defaults in place. */
export interface ResolvedClientOptions {
  readonly nameServers: readonly string[];
  readonly instanceName: string | undefined;
  readonly clientIp: string | undefined;
  readonly unitName: string | undefined;
  readonly namespace: string | undefined;
  readonly namespaceV2: string | undefined;
  readonly credentials: Credentials | undefined;
  readonly tls: TlsClientOptions | undefined;
  readonly logger: Logger;
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly routeRefreshIntervalMs: number;
  readonly heartbeatIntervalMs: number;
  readonly serializeType: SerializeType;
}

/** @throws InvalidArgumentError */
export function resolveClientOptions(options: ClientOptions): ResolvedClientOptions {
  return {
    nameServers: nameServerList(options.nameServers),
    instanceName: options.instanceName,
    clientIp: options.clientIp,
    unitName: options.unitName,
    namespace: options.namespace || undefined,
    namespaceV2: options.namespaceV2 || undefined,
    credentials: options.credentials,
    tls: options.tls === true ? { context: {}, verify: false } : options.tls || undefined,
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

function nameServerList(given: string | readonly string[]): readonly string[] {
  const texts = typeof given === 'string' ? [given] : given;
  const addresses = texts
    .flatMap((text) => text.split(';'))
    .map((address) => address.trim())
    .filter((address) => address !== '');
  if (addresses.length === 0) throw new InvalidArgumentError('nameServers: at least one host:port is needed');
  return [...new Set(addresses)];
}
