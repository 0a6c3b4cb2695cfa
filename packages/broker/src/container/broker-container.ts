/** The container: several brokers in one server, each on its own, added and removed while it runs. */
import type { Clock, Environment, Files, Logger, Net, TlsServerOptions, Turn } from '@rocketmq-ts/common';
import {
  Dispatcher,
  RemotingServer,
  type RemotingServerLimits,
  type RequestGate,
  serverLimitsOf,
  warnOfOpenServer,
} from '@rocketmq-ts/remoting';
import { BrokerConfigService } from '../broker-config-service.js';
import { Lanes } from '../processor/lanes.js';
import type { BrokerContainerSettings } from './broker-container-settings.js';
import { containerProcessors } from './container-processors.js';
import {
  type BrokerIdentity,
  canonicalNameOf,
  type InnerBroker,
  type InnerBrokerPlan,
  type InnerBrokerStarted,
} from './inner-broker.js';
import { InnerBrokerLife } from './inner-broker-life.js';
import { conflictBetween, InnerBrokerRefusedError, planInnerBroker, readBrokerFile } from './inner-broker-plan.js';

export interface BrokerContainerOptions {
  readonly settings: BrokerContainerSettings;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly net: Net;
  readonly files: Files;
  readonly turn: Turn;
  readonly logger: Logger;
  /** The file the container was started from: changed settings are written to it. */
  readonly configPath: string | undefined;
  /** Makes what runs a broker; nothing runs before its `start`. */
  readonly makeBroker: (plan: InnerBrokerPlan) => InnerBroker;
  readonly tls?: TlsServerOptions | undefined;
  /** Further limits of the ports, such as the frame length. */
  readonly limits?: Partial<RemotingServerLimits>;
  /** Asked before each request is carried out, for access control. */
  readonly gates?: readonly RequestGate[];
}

/** The fast port is so much below the other one. */
const FAST_PORT_DISTANCE = 2;
/** Requests under way, as many as wait for the reference's one thread. */
const MAX_REQUESTS = 10_000;
const MAX_BROKERS = 64;
/** Longer than a broker takes that has to flush all it has; an init system waits longer. */
const STOP_LIMIT_MS = 30_000;
const ALWAYS_REFUSED = ['brokerConfigPaths', 'rocketmqHome', 'configBlackList'];

/** Source: BrokerContainer, BrokerContainerProcessor. */
export class BrokerContainer {
  readonly #options: BrokerContainerOptions;
  readonly #brokers = new Map<string, InnerBrokerLife>();
  readonly #servers: readonly RemotingServer[];
  #stopping = false;

  constructor(options: BrokerContainerOptions) {
    this.#options = options;
    const { listenPort } = options.settings.nettyServer;
    const dispatcher = createDispatcher(options, this);
    // The fast port of a free one would be anybody's.
    const ports = listenPort === 0 ? [0] : [listenPort, listenPort - FAST_PORT_DISTANCE];
    this.#servers = ports.map((port) => createServer(options, dispatcher, port));
  }

  /** The port that is listened on; 0 before `start`. */
  get port(): number {
    return this.#servers[0]!.port;
  }

  /** All brokers, those that died included, in the order in which they came. */
  get brokers(): Iterable<InnerBrokerLife> {
    return this.#brokers.values();
  }

  /**
   * Listens, then starts the brokers of these files side by side.
   * @throws Error with `EADDRINUSE` when a port is taken, or why one of the brokers did not start: nothing runs then
   */
  async start(brokerConfigPaths: readonly string[] = []): Promise<InnerBrokerStarted[]> {
    const { logger, settings, gates } = this.#options;
    const { bindAddress } = settings.nettyServer;
    try {
      for (const server of this.#servers) await server.start();
      logger.info('broker container started', { address: bindAddress, port: this.port });
      warnOfOpenServer('the broker container', bindAddress, gates, logger);
      const starts = brokerConfigPaths.map((path) => this.#addConfigured(path));
      const outcomes = await Promise.allSettled(starts);
      const failed = outcomes.find(({ status }) => status === 'rejected');
      if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
      return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<InnerBrokerStarted>).value);
    } catch (error) {
      await this.#stopAll();
      throw error;
    }
  }

  /**
   * Starts one more broker. The path comes from a peer: only a file that is meant for a broker is taken, since settings
   * that are changed later are written to it.
   * @throws InnerBrokerRefusedError when its configuration is not accepted, with the reference's remark
   * @throws Error with the reason why it did not start
   */
  addBroker(configPath: string): Promise<InnerBrokerStarted> {
    return this.#add(configPath, { mustBeNamed: true });
  }

  async #add(configPath: string, { mustBeNamed = false } = {}): Promise<InnerBrokerStarted> {
    if (configPath === '') throw new InnerBrokerRefusedError('addBroker config path is empty');
    const { files, settings, environment, makeBroker, clock, logger } = this.#options;
    const properties = readBrokerFile(files, configPath);
    if (mustBeNamed && !properties.has('brokerName')) {
      throw new InnerBrokerRefusedError(`${configPath} is no configuration of a broker to add: it has no brokerName`);
    }
    const plan = planInnerBroker({ path: configPath, properties }, settings, environment);
    this.#mustFit(plan);
    const life = new InnerBrokerLife({ plan, broker: makeBroker(plan), clock, logger, stopLimitMs: STOP_LIMIT_MS });
    this.#brokers.set(plan.name, life);
    try {
      return await life.started();
    } catch (error) {
      if (this.#brokers.get(plan.name) === life) this.#brokers.delete(plan.name);
      throw error;
    }
  }

  /**
   * Stops a broker, and forgets it.
   * @returns false when there is none of this identity
   * @throws Error when it did not stop cleanly: it is gone all the same
   */
  async removeBroker(identity: BrokerIdentity): Promise<boolean> {
    const name = canonicalNameOf(identity);
    const life = this.#brokers.get(name);
    if (life === undefined || life.state === 'stopping') return false;
    try {
      await life.stop();
    } finally {
      // Until here nobody else gets its ports and directories.
      this.#brokers.delete(name);
    }
    return true;
  }

  /**
   * Stops the slaves, then the masters, each of them within a bound, then the ports of the container.
   * @throws Error that names the brokers whose stores were not closed
   */
  async stop(): Promise<void> {
    const failures = await this.#stopAll();
    if (failures.length > 0) throw new Error(failures.join('; '));
  }

  /** A broker of a file that the container was told of at its start. */
  async #addConfigured(path: string): Promise<InnerBrokerStarted> {
    try {
      return await this.#add(path);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`broker of ${path}: ${reason}`, { cause: error });
    }
  }

  #mustFit(plan: InnerBrokerPlan): void {
    if (this.#stopping) throw new InnerBrokerRefusedError('the broker container is stopping');
    const same = this.#brokers.get(plan.name);
    if (same !== undefined && !same.hasEnded) {
      throw new InnerBrokerRefusedError(`${plan.name} has already been added to current broker container`);
    }
    const others = [...this.#brokers.values()].filter((life) => life !== same && !life.hasEnded);
    if (others.length >= MAX_BROKERS) throw new InnerBrokerRefusedError(`a container holds ${MAX_BROKERS} brokers`);
    const own = plan.ports.find((port) => this.#servers.some((server) => server.port === port));
    if (own !== undefined) {
      throw new InnerBrokerRefusedError(`port ${own} of broker ${plan.name} is one of the container itself`);
    }
    for (const other of others) {
      const conflict = conflictBetween(plan, other.plan);
      if (conflict !== undefined) throw new InnerBrokerRefusedError(conflict);
    }
  }

  async #stopAll(): Promise<string[]> {
    this.#stopping = true;
    const failures: string[] = [];
    for (const slaves of [true, false]) {
      const lives = [...this.#brokers.values()].filter(({ plan }) => plan.isSlave === slaves);
      for (const outcome of await Promise.allSettled(lives.map((life) => life.stop()))) {
        if (outcome.status === 'rejected') failures.push((outcome.reason as Error).message);
      }
    }
    this.#brokers.clear();
    for (const server of this.#servers) await server.stop();
    this.#options.logger.info('broker container stopped', { failures: failures.length });
    return failures;
  }
}

function createDispatcher(options: BrokerContainerOptions, container: BrokerContainer): Dispatcher {
  const { clock, files, logger, settings, configPath, gates } = options;
  const { container: config, configuration } = settings;
  const configBlackList = [...ALWAYS_REFUSED, config.configBlackList].join(';');
  const configService = new BrokerConfigService({
    configuration,
    config: { brokerConfigPath: configPath, configBlackList },
    clock,
    files,
    logger,
  });
  return new Dispatcher({
    logger,
    processors: containerProcessors({ container, configService, logger, startedAtMs: clock.now() }),
    lanes: { [Lanes.ADMIN]: MAX_REQUESTS },
    ...(gates === undefined ? {} : { gates }),
  });
}

function createServer(options: BrokerContainerOptions, dispatcher: Dispatcher, port: number): RemotingServer {
  const { clock, net, turn, logger, tls, limits, settings } = options;
  const host = settings.nettyServer.bindAddress;
  return new RemotingServer({
    ...{ clock, net, turn, logger, tls, dispatcher, host, port },
    limits: { ...serverLimitsOf(settings), ...limits },
  });
}
