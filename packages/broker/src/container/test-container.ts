/** A container on a simulated machine with brokers that only pretend, for the tests of this package: not part of its API. */
import { silentLogger, Turn } from '@rocketmq-ts/common';
import { RemotingClient } from '@rocketmq-ts/remoting';
import { MemoryFiles, MemoryNetwork, VirtualClock } from '@rocketmq-ts/testkit';
import { TEST_ENVIRONMENT } from '../test-broker.js';
import { BrokerContainer } from './broker-container.js';
import { type BrokerContainerSettingsOverrides, createBrokerContainerSettings } from './broker-container-settings.js';
import type { InnerBroker, InnerBrokerLoad, InnerBrokerPlan, InnerBrokerStarted } from './inner-broker.js';

const HOST = '127.0.0.1';

/** A broker that does what the test says, and remembers what it was told. */
export class FakeBroker implements InnerBroker {
  readonly plan: InnerBrokerPlan;
  readonly told: string[];
  readonly ended: Promise<string>;
  die: (reason: string) => void = () => {};
  /** What `start` and `stop` wait for, or fail with. */
  starting: Promise<void> = Promise.resolve();
  stopping: Promise<void> = Promise.resolve();

  constructor(plan: InnerBrokerPlan, told: string[]) {
    this.plan = plan;
    this.told = told;
    this.ended = new Promise((resolve) => {
      this.die = resolve;
    });
  }

  async start(): Promise<InnerBrokerStarted> {
    this.#note('start');
    await this.starting;
    return { address: `${HOST}:${this.plan.ports[0]}`, endpoints: this.plan.name };
  }

  async load(): Promise<InnerBrokerLoad> {
    return { eventLoopUtilization: 0.25, heapUsedBytes: 1024, externalBytes: 2048 };
  }

  async stop(): Promise<void> {
    this.#note('stop');
    await this.stopping;
    this.#note('stopped');
  }

  async kill(): Promise<void> {
    this.#note('kill');
    this.die('killed');
  }

  #note(what: string): void {
    this.told.push(`${this.plan.identity.brokerName} ${what}`);
  }
}

/** The container, its brokers by name, and what they were told in order. */
export class TestContainer {
  readonly clock = new VirtualClock();
  readonly files = new MemoryFiles();
  readonly turn = new Turn(this.clock);
  readonly net = new MemoryNetwork({ clock: this.clock }).host(HOST);
  readonly brokers = new Map<string, FakeBroker>();
  readonly told: string[] = [];
  readonly container: BrokerContainer;
  /** Prepares a broker before it starts. */
  onMade: (broker: FakeBroker) => void = () => {};

  constructor(overrides: BrokerContainerSettingsOverrides = {}) {
    const { clock, net, files, turn } = this;
    this.container = new BrokerContainer({
      settings: createBrokerContainerSettings(TEST_ENVIRONMENT, {
        ...overrides,
        nettyServer: { bindAddress: HOST, ...overrides.nettyServer },
      }),
      environment: TEST_ENVIRONMENT,
      ...{ clock, net, files, turn },
      logger: silentLogger,
      configPath: undefined,
      makeBroker: (plan) => {
        const broker = new FakeBroker(plan, this.told);
        this.brokers.set(plan.identity.brokerName, broker);
        this.onMade(broker);
        return broker;
      },
    });
  }

  /** Writes a configuration file and gives its path. */
  file(name: string, settings: Readonly<Record<string, string | number>>): string {
    const path = `/conf/${name}.conf`;
    this.files.mkdirSync('/conf');
    const text = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
    const bytes = Buffer.from(text.join(''));
    const handle = this.files.openSync(path, 'create');
    handle.writeSync(bytes, 0, bytes.length, 0);
    handle.closeSync();
    return path;
  }

  /** The file of a broker that takes nothing from the others, with its own port and directory. */
  brokerFile(name: string, listenPort: number, settings: Readonly<Record<string, string | number>> = {}): string {
    return this.file(name, { brokerName: name, listenPort, storePathRootDir: `/store/${name}`, ...settings });
  }

  client(): RemotingClient {
    const { clock, net, turn } = this;
    return new RemotingClient({ clock, net, turn, logger: silentLogger, language: 'JAVA' });
  }
}
