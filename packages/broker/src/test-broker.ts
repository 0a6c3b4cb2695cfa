/** A broker with a real store on a simulated machine, for the tests of this package: not part of its API. */
import { type Environment, silentLogger, Turn } from '@rocketmq-ts/common';
import { decodeCommand, RemotingClient, type RemotingClientOptions, type RemotingCommand } from '@rocketmq-ts/remoting';
import { MessageStore } from '@rocketmq-ts/store';
import {
  FrameConnection,
  MemoryFiles,
  type MemoryNet,
  MemoryNetwork,
  SeededRandom,
  VirtualClock,
} from '@rocketmq-ts/testkit';
import { Broker } from './broker.js';
import { type BrokerSettings, type BrokerSettingsOverrides, createBrokerSettings } from './settings.js';

/** An environment that depends on no machine. */
export const TEST_ENVIRONMENT: Environment = {
  hostName: 'host',
  localAddress: '127.0.0.1',
  cpuCount: 2,
  userHome: '/home/rocketmq',
  variables: {},
  systemProperties: new Map(),
};

const HOST = '127.0.0.1';
const GIBIBYTE = 1024 ** 3;
export const TEST_ROOT = '/store';

export interface TestBrokerOptions {
  /** A disk that outlives the broker. */
  readonly files?: MemoryFiles;
  readonly clock?: VirtualClock;
  readonly net?: MemoryNet;
}

export class TestBroker {
  readonly clock: VirtualClock;
  readonly net: MemoryNet;
  readonly turn: Turn;
  readonly files: MemoryFiles;
  readonly settings: BrokerSettings;
  readonly broker: Broker;

  constructor(overrides: BrokerSettingsOverrides = {}, options: TestBrokerOptions = {}) {
    this.clock = options.clock ?? new VirtualClock();
    this.net = options.net ?? new MemoryNetwork({ clock: this.clock }).host(HOST);
    this.files = options.files ?? new MemoryFiles();
    this.turn = new Turn(this.clock);
    this.settings = createBrokerSettings(TEST_ENVIRONMENT, {
      ...overrides,
      broker: { brokerName: 'broker-a', ...overrides.broker },
      nettyServer: { bindAddress: HOST, enableShutdownGracefully: false, ...overrides.nettyServer },
      store: { storePathRootDir: TEST_ROOT, mappedFileSizeCommitLog: 1024 * 1024, ...overrides.store },
    });
    const { clock, net, files, turn, settings } = this;
    this.broker = new Broker({
      settings,
      clock,
      net,
      files,
      turn,
      random: new SeededRandom(1),
      logger: silentLogger,
      pid: 1,
      openStore: (store) => MessageStore.open({ ...store, physicalMemoryBytes: GIBIBYTE }),
    });
  }

  static async start(overrides: BrokerSettingsOverrides = {}, options: TestBrokerOptions = {}): Promise<TestBroker> {
    const test = new TestBroker(overrides, options);
    await test.broker.start();
    return test;
  }

  get address(): string {
    return this.broker.address;
  }

  /** A client, as a producer, a consumer or a tool has one. */
  client(options: Partial<RemotingClientOptions> = {}): RemotingClient {
    const { clock, net, turn } = this;
    return new RemotingClient({ clock, net, turn, logger: silentLogger, language: 'JAVA', ...options });
  }

  /** A connection for bytes made by hand. */
  async connect(port = this.broker.port): Promise<FrameConnection<RemotingCommand>> {
    return new FrameConnection(await this.net.connect({ host: HOST, port, timeoutMs: 1000 }), answerIn);
  }

  /** Text of a file below `config/`. */
  configFile(name: string): string {
    return this.files.readFileSync(`${TEST_ROOT}/config/${name}`).toString();
  }

  async stop(): Promise<void> {
    const stopped = this.broker.stop();
    await this.clock.advance(5000);
    await stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function answerIn(frame: Buffer): RemotingCommand | undefined {
  const command = decodeCommand(frame, 4, frame.length);
  return command.isResponse ? command : undefined;
}
