/** A name server on a simulated machine, for the tests of this package: not part of its API. */
import { type Environment, silentLogger, Turn } from '@rocketmq-ts/common';
import { decodeCommand, RemotingClient, type RemotingCommand } from '@rocketmq-ts/remoting';
import { FrameConnection, MemoryFiles, type MemoryNet, MemoryNetwork, VirtualClock } from '@rocketmq-ts/testkit';
import { Namesrv } from './namesrv.js';
import { createNamesrvSettings, type NamesrvSettings, type NamesrvSettingsOverrides } from './settings.js';

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

export interface TestNamesrvOptions {
  readonly files?: MemoryFiles;
  /** Another one, whose network and clock it shares. */
  readonly beside?: TestNamesrv;
  readonly productNamesrvAddrs?: readonly string[];
}

export class TestNamesrv {
  readonly clock: VirtualClock;
  readonly net: MemoryNet;
  readonly turn: Turn;
  readonly files: MemoryFiles;
  readonly settings: NamesrvSettings;
  readonly namesrv: Namesrv;

  private constructor(overrides: NamesrvSettingsOverrides, options: TestNamesrvOptions) {
    const { beside, files = new MemoryFiles(), productNamesrvAddrs = [] } = options;
    const nettyServer = { bindAddress: HOST, ...overrides.nettyServer };
    this.settings = createNamesrvSettings(TEST_ENVIRONMENT, { ...overrides, nettyServer });
    this.clock = beside?.clock ?? new VirtualClock();
    this.net = beside?.net ?? new MemoryNetwork({ clock: this.clock }).host(HOST);
    this.turn = new Turn(this.clock);
    this.files = files;
    const { clock, net, turn, settings } = this;
    this.namesrv = new Namesrv({ settings, clock, net, files, turn, logger: silentLogger, productNamesrvAddrs });
  }

  static async start(overrides: NamesrvSettingsOverrides = {}, options: TestNamesrvOptions = {}): Promise<TestNamesrv> {
    const test = new TestNamesrv(overrides, options);
    await test.namesrv.start();
    return test;
  }

  get address(): string {
    return `${HOST}:${this.namesrv.port}`;
  }

  /** A client, as a broker or a user has one. */
  client(options: { version?: number } = {}): RemotingClient {
    const { clock, net, turn } = this;
    return new RemotingClient({ clock, net, turn, logger: silentLogger, language: 'JAVA', ...options });
  }

  /** A connection for bytes made by hand. */
  connect(): Promise<FrameConnection<RemotingCommand>> {
    return this.net
      .connect({ host: HOST, port: this.namesrv.port, timeoutMs: 1000 })
      .then((socket) => new FrameConnection(socket, answerIn));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.namesrv.stop();
    await this.clock.advance(2000);
    await stopped;
  }
}

function answerIn(frame: Buffer): RemotingCommand | undefined {
  const command = decodeCommand(frame, 4, frame.length);
  return command.isResponse ? command : undefined;
}
