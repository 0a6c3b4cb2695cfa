/** The broker: puts the parts together, starts and stops them. */
import {
  type Clock,
  type Files,
  formatIp,
  HostAddress,
  type Logger,
  type Net,
  parseIp,
  type Random,
  sleep,
  type TlsServerOptions,
  type Turn,
} from '@rocketmq-ts/common';
import {
  type AnswerListener,
  type Connection,
  Dispatcher,
  type Processor,
  RemotingClient,
  RemotingServer,
  type RemotingServerLimits,
  type RequestGate,
  serverLimitsOf,
  warnOfOpenServer,
} from '@rocketmq-ts/remoting';
import type { FilterBitMapOf, MessageStoreConfig, Store } from '@rocketmq-ts/store';
import { BrokerServices } from './broker-services.js';
import { type EarlyTables, loadEarlyTables } from './early-tables.js';
import { NameServerRegistration } from './name-server-registration.js';
import { brokerProcessors, fastProcessors } from './processor/index.js';
import { laneCapacities } from './processor/lanes.js';
import type { BrokerSettings } from './settings.js';

/** What a store is opened with; the rest of its options is the business of who opens it. */
export interface OpenStoreOptions {
  readonly config: MessageStoreConfig;
  readonly storeHost: Uint8Array;
  readonly clock: Clock;
  readonly files: Files;
  readonly turn: Turn;
  readonly logger: Logger;
  readonly mayDeleteForcibly: () => boolean;
  readonly filterBitMapOf: FilterBitMapOf;
  /** The attributes of a topic that is configured. */
  readonly attributesOf: (topic: string) => ReadonlyMap<string, string> | undefined;
}

export interface BrokerOptions {
  readonly settings: BrokerSettings;
  readonly clock: Clock;
  readonly net: Net;
  readonly files: Files;
  readonly turn: Turn;
  readonly random: Random;
  readonly logger: Logger;
  /** Number of this process, for message ids. */
  readonly pid: number;
  /** Opens and recovers the store. */
  readonly openStore: (options: OpenStoreOptions) => Promise<Store>;
  readonly tls?: TlsServerOptions | undefined;
  /** Further limits of the ports, such as the frame length. */
  readonly limits?: Partial<RemotingServerLimits>;
  /** Asked before each request is carried out, for access control. */
  readonly gates?: readonly RequestGate[];
  readonly onAnswer?: AnswerListener;
}

/** The fast port is so much below the other one. */
const FAST_PORT_DISTANCE = 2;

interface Running {
  readonly store: Store;
  readonly services: BrokerServices;
  readonly dispatchers: readonly Dispatcher[];
  readonly servers: readonly RemotingServer[];
  readonly client: RemotingClient;
  readonly registration: NameServerRegistration;
}

/** Source: BrokerController. */
export class Broker {
  readonly #options: BrokerOptions;
  #running: Running | undefined;
  #port = 0;

  constructor(options: BrokerOptions) {
    this.#options = options;
  }

  /** The port that is listened on; 0 before `start`. */
  get port(): number {
    return this.#port;
  }

  /** `brokerIP1:port`, as clients and name servers know it. */
  get address(): string {
    return `${this.#options.settings.broker.brokerIP1}:${this.#port}`;
  }

  /**
   * Loads the tables, recovers the store, listens, and registers with the name
   * servers that answer; the others are tried again until they do.
   * @throws BrokerStartError for a configuration that can not be honoured
   * @throws MalformedDataError when a table and its backup are both damaged
   * @throws Error with `EADDRINUSE` when a port is taken, or what opening the store throws
   */
  async start(): Promise<void> {
    if (this.#running !== undefined) throw new Error('the broker is running already');
    mustBeHonourable(this.#options.settings);
    this.#port = await this.#choosePort();
    const { settings, clock, files, turn, logger, openStore } = this.#options;
    const storeHost = this.#storeHost();
    // Messages that nobody has consumed yet are deleted for space only when an operator has asked for it.
    const mayDeleteForcibly = () => settings.configuration.isSet('cleanFileForciblyEnable');
    const tables = loadEarlyTables({
      ...this.#options,
      onTopicsChanged: (topics) => this.#running?.registration.topicsChanged(topics),
    });
    const attributesOf = (topic: string) => tables.topics.select(topic)?.attributes;
    const filterBitMapOf: FilterBitMapOf = (topic, lookup) =>
      settings.broker.enableCalcFilterBitMap ? tables.filters.bitMapOf(topic, lookup) : undefined;
    const ports = { clock, files, turn, logger };
    const store = await openStore({
      config: settings.store,
      storeHost,
      ...ports,
      attributesOf,
      filterBitMapOf,
      mayDeleteForcibly,
    });
    try {
      this.#running = this.#build(store, storeHost, tables);
      await this.#open(this.#running);
    } catch (error) {
      await this.#shutDown(this.#running, store);
      throw error;
    }
  }

  /** Leaves the name servers, sends clients elsewhere, answers what is under way, writes the tables and closes the store. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    await running.registration.stop();
    const { enableShutdownGracefully, shutdownWaitTimeSeconds } = this.#options.settings.nettyServer;
    for (const dispatcher of running.dispatchers) dispatcher.drain();
    if (enableShutdownGracefully) await sleep(this.#options.clock, shutdownWaitTimeSeconds * 1000);
    await this.#shutDown(running, running.store);
    this.#options.logger.info('broker stopped', { address: this.address });
  }

  #build(store: Store, storeHost: Uint8Array, tables: EarlyTables): Running {
    const { settings, clock, net, turn, logger } = this.#options;
    const client = createClient({ settings, clock, net, turn, logger });
    const services = new BrokerServices({
      ...this.#options,
      store,
      storeHost,
      address: this.address,
      client,
      tables,
      onPermissionChanged: () => this.#running?.registration.registerAll(),
      lanes: () => this.#running?.dispatchers[0]?.lanes ?? new Map(),
    });
    const { context } = services;
    const main = this.#dispatcher(brokerProcessors(context));
    const fast = this.#dispatcher(fastProcessors(context));
    const onClosed = (connection: Connection): void => services.closed(connection);
    return {
      store,
      services,
      client,
      dispatchers: [main, fast],
      servers: [
        this.#server(this.#port, main, onClosed),
        this.#server(this.#port - FAST_PORT_DISTANCE, fast, onClosed),
      ],
      registration: new NameServerRegistration({
        config: settings.broker,
        brokerAddr: this.address,
        haServerAddr: `${settings.broker.brokerIP2}:${settings.store.haListenPort}`,
        clock,
        logger,
        client,
        topics: context.topics,
      }),
    };
  }

  async #open({ services, servers, registration }: Running): Promise<void> {
    const { logger, settings, gates } = this.#options;
    await services.load();
    for (const server of servers) await server.start();
    services.start();
    await registration.start();
    const { bindAddress } = settings.nettyServer;
    logger.info('broker started', { name: settings.broker.brokerName, address: this.address, bindAddress });
    warnOfOpenServer('the broker', bindAddress, gates, logger);
  }

  async #shutDown(running: Running | undefined, store: Store): Promise<void> {
    this.#running = undefined;
    running?.services.stopWaiting();
    // Those pulls are answered at the end of this turn: only then may their connections end.
    await new Promise<void>((resolve) => this.#options.clock.endOfTurn(resolve));
    for (const server of running?.servers ?? []) await server.stop();
    await running?.services.stop();
    running?.client.close();
    await store.close();
  }

  #dispatcher(processors: readonly Processor[]): Dispatcher {
    const { logger, gates, onAnswer, settings } = this.#options;
    return new Dispatcher({
      logger,
      processors,
      lanes: laneCapacities(settings.broker),
      ...(gates === undefined ? {} : { gates }),
      ...(onAnswer === undefined ? {} : { onAnswer }),
    });
  }

  #server(port: number, dispatcher: Dispatcher, onClosed: (connection: Connection) => void): RemotingServer {
    const { clock, net, turn, logger, tls, limits, settings } = this.#options;
    const config = settings.nettyServer;
    return new RemotingServer({
      clock,
      net,
      turn,
      logger,
      tls,
      dispatcher,
      host: config.bindAddress,
      port,
      limits: {
        ...serverLimitsOf(settings),
        ...limits,
      },
      onConnectionClosed: onClosed,
    });
  }

  /** A name instead of an address can not be written into messages: their ids then lead to this machine only. */
  #storeHost(): Uint8Array {
    const { brokerIP1 } = this.#options.settings.broker;
    const ip = parseIp(brokerIP1.replace(/^\[|\]$/g, ''));
    if (ip === undefined && brokerIP1 !== 'localhost') {
      this.#options.logger.warn('brokerIP1 is not an address: message ids will name 127.0.0.1', { brokerIP1 });
    }
    return HostAddress.of(ip === undefined ? '127.0.0.1' : formatIp(ip), this.#port).bytes;
  }

  /** Port 0: one that is free now. The store needs to know it before anything can be served. */
  async #choosePort(): Promise<number> {
    const { net, settings } = this.#options;
    const { listenPort } = settings.broker;
    if (listenPort !== 0) return listenPort;
    const listener = await net.listen({ host: settings.nettyServer.bindAddress, port: 0 }, (socket) =>
      socket.destroy(),
    );
    await listener.close();
    return listener.port;
  }
}

/** The configuration asks for what this broker can not do. */
export class BrokerStartError extends Error {
  override readonly name = 'BrokerStartError';
}

function mustBeHonourable({ auth, broker }: BrokerSettings): void {
  if (auth.authenticationEnabled || auth.authorizationEnabled || broker.aclEnable) {
    throw new BrokerStartError(
      'authenticationEnabled, authorizationEnabled and aclEnable: this broker does not check credentials yet; it does not start, since it would be open to everybody',
    );
  }
}

function createClient({
  settings,
  ...ports
}: Pick<BrokerOptions, 'settings' | 'clock' | 'net' | 'turn' | 'logger'>): RemotingClient {
  const { connectTimeoutMillis, clientChannelMaxIdleTimeSeconds, clientAsyncSemaphoreValue } = settings.nettyClient;
  return new RemotingClient({
    ...ports,
    language: 'JAVA',
    connectTimeoutMs: connectTimeoutMillis,
    idleMs: clientChannelMaxIdleTimeSeconds * 1000,
    maxPendingRequests: clientAsyncSemaphoreValue,
  });
}
