/** The name server: puts the parts together, starts and stops them. */
import {
  type Clock,
  type Files,
  type Logger,
  type Net,
  sleep,
  type TlsServerOptions,
  type Turn,
} from '@rocketmq-ts/common';
import {
  Dispatcher,
  RemotingClient,
  RemotingServer,
  type RemotingServerLimits,
  type RequestGate,
  serverLimitsOf,
  warnOfOpenServer,
} from '@rocketmq-ts/remoting';
import { BatchUnregistrationService } from './batch-unregistration-service.js';
import { BrokerWatch } from './broker-watch.js';
import { ConfigService } from './config-service.js';
import { KvConfigManager } from './kv/kv-config-manager.js';
import { MinBrokerIdNotifier } from './min-broker-id-notifier.js';
import { Lanes, type NamesrvContext } from './processor/context.js';
import { namesrvProcessors } from './processor/index.js';
import { ProductRoutes } from './product-routes.js';
import type { BrokerUnregistration } from './route/broker-unregistration.js';
import { RouteInfoManager } from './route/route-info-manager.js';
import type { NamesrvSettings } from './settings.js';

export interface NamesrvOptions {
  readonly settings: NamesrvSettings;
  readonly clock: Clock;
  readonly net: Net;
  readonly files: Files;
  readonly turn: Turn;
  readonly logger: Logger;
  readonly tls?: TlsServerOptions | undefined;
  /** Further limits of the port, such as the frame length. */
  readonly limits?: Partial<RemotingServerLimits>;
  /** Asked before each request is carried out, for access control. */
  readonly gates?: readonly RequestGate[];
  /** In cluster-test mode: the name servers of the product environment. */
  readonly productNamesrvAddrs?: readonly string[];
}

/** Source: NamesrvController. */
export class Namesrv {
  readonly #options: NamesrvOptions;
  readonly #routes = new RouteInfoManager();
  readonly #kv: KvConfigManager;
  readonly #client: RemotingClient;
  readonly #dispatcher: Dispatcher;
  readonly #server: RemotingServer;
  readonly #watch: BrokerWatch;

  constructor(options: NamesrvOptions) {
    const { clock, logger, turn } = options;
    const { namesrv: config } = options.settings;
    this.#options = options;
    this.#client = createClient(options);
    const notifier = new MinBrokerIdNotifier({ client: this.#client, logger });
    const notifyMinBrokerId = notifier.notify.bind(notifier);
    const unregister = (batch: readonly BrokerUnregistration[]): void => {
      const changes = this.#routes.unregisterBrokers(batch);
      logger.info('brokers unregistered', { brokers: batch.slice(0, 10), count: batch.length });
      if (config.notifyMinBrokerIdChanged) changes.forEach(notifyMinBrokerId);
    };
    const unregistrations = new BatchUnregistrationService({
      turn,
      capacity: config.unRegisterBrokerQueueCapacity,
      unregister,
    });
    this.#watch = new BrokerWatch({ clock, logger, config, routes: this.#routes, unregistrations });
    this.#kv = new KvConfigManager(config.kvConfigPath, options);
    const context = this.#context({ unregistrations, notifyMinBrokerId });
    this.#dispatcher = createDispatcher(options, context);
    this.#server = createServer(options, this.#dispatcher, this.#watch);
  }

  /** The port that is listened on; 0 before `start`. */
  get port(): number {
    return this.#server.port;
  }

  /**
   * Loads the key-value store and listens.
   * @throws MalformedDataError when the store's file and its backup are both damaged
   * @throws Error with `EADDRINUSE` when the port is taken
   */
  async start(): Promise<void> {
    const { logger, settings, gates } = this.#options;
    this.#kv.load();
    await this.#server.start();
    this.#watch.start();
    const { bindAddress } = settings.nettyServer;
    logger.info('name server started', { address: bindAddress, port: this.port });
    warnOfOpenServer('the name server', bindAddress, gates, logger);
  }

  /** Stops listening, sends what is answered, closes all connections. */
  async stop(): Promise<void> {
    const { clock, settings } = this.#options;
    const { enableShutdownGracefully, shutdownWaitTimeSeconds } = settings.nettyServer;
    if (enableShutdownGracefully) {
      this.#dispatcher.drain();
      await sleep(clock, shutdownWaitTimeSeconds * 1000);
    }
    this.#watch.stop();
    await this.#server.stop();
    this.#client.close();
  }

  #context(own: Pick<NamesrvContext, 'unregistrations' | 'notifyMinBrokerId'>): NamesrvContext {
    const { clock, files, logger, settings, productNamesrvAddrs = [] } = this.#options;
    const { namesrv: config, configuration } = settings;
    const products = new ProductRoutes({
      client: this.#client,
      logger,
      namesrvAddrs: productNamesrvAddrs,
      envName: config.productEnvName,
    });
    return {
      ...own,
      config,
      clock,
      logger,
      routes: this.#routes,
      kv: this.#kv,
      configService: new ConfigService({ configuration, config, files, logger }),
      startedMs: clock.monotonicMs(),
      productRoute: config.clusterTest ? (topic) => products.route(topic) : undefined,
    };
  }
}

function createClient({ clock, net, turn, logger, settings }: NamesrvOptions): RemotingClient {
  const { connectTimeoutMillis, clientChannelMaxIdleTimeSeconds, clientAsyncSemaphoreValue } = settings.nettyClient;
  return new RemotingClient({
    clock,
    net,
    turn,
    logger,
    language: 'JAVA',
    connectTimeoutMs: connectTimeoutMillis,
    idleMs: clientChannelMaxIdleTimeSeconds * 1000,
    maxPendingRequests: clientAsyncSemaphoreValue,
  });
}

function createDispatcher({ logger, settings, gates = [] }: NamesrvOptions, context: NamesrvContext): Dispatcher {
  const { clientRequestThreadPoolQueueCapacity, defaultThreadPoolQueueCapacity } = settings.namesrv;
  return new Dispatcher({
    logger,
    processors: namesrvProcessors(context),
    lanes: {
      [Lanes.CLIENT]: clientRequestThreadPoolQueueCapacity,
      [Lanes.DEFAULT]: defaultThreadPoolQueueCapacity,
    },
    gates,
  });
}

function createServer(options: NamesrvOptions, dispatcher: Dispatcher, watch: BrokerWatch): RemotingServer {
  const { clock, net, turn, logger, tls, limits } = options;
  const server = options.settings.nettyServer;
  return new RemotingServer({
    clock,
    net,
    turn,
    logger,
    tls,
    dispatcher,
    host: server.bindAddress,
    port: server.listenPort,
    limits: {
      ...serverLimitsOf(options.settings),
      ...limits,
    },
    onConnectionClosed: (connection) => watch.onConnectionClosed(connection),
  });
}
