/** A broker with a real store on a simulated machine, for the tests of this package: not part of its API. */
import { type Environment, type Socket, silentLogger, Turn } from '@rocketmq-ts/common';
import { decodeCommand, RemotingClient, type RemotingClientOptions, type RemotingCommand } from '@rocketmq-ts/remoting';
import { MessageStore } from '@rocketmq-ts/store';
import { MemoryFiles, type MemoryNet, MemoryNetwork, SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
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
  async connect(port = this.broker.port): Promise<RawConnection> {
    return new RawConnection(await this.net.connect({ host: HOST, port, timeoutMs: 1000 }));
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

/** Sends frames as they are, one at a time, and gives their answers. */
export class RawConnection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: ((answer: RemotingCommand) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.start({ onData: (chunk) => this.#onData(chunk), onDrain: () => {}, onClose: () => {} });
  }

  ask(frame: Uint8Array): Promise<RemotingCommand> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#socket.write(frame);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const end = this.#received.length < 4 ? Number.POSITIVE_INFINITY : this.#received.readInt32BE(0) + 4;
      if (this.#received.length < end) return;
      const command = decodeCommand(this.#received, 4, end);
      this.#received = this.#received.subarray(end);
      if (command.isResponse) this.#waiting?.(command);
    }
  }
}
