/** Name servers and brokers on a simulated network, for the tests of this package. */
import { type HttpAnswer, silentLogger, Turn } from '@rocketmq-ts/common';
import {
  type Answer,
  Dispatcher,
  GET_ROUTEINFO_BY_TOPIC,
  processor,
  RemotingServer,
  ResponseCode,
  TopicRouteData,
} from '@rocketmq-ts/remoting';
import { MemoryFiles, MemoryNetwork, SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import type { ClientPorts } from './ports.js';
import { FakeBroker } from './test-broker.js';

const NAMESRV_PORT = 9876;
const LANES = { all: 1000 };

/** Name server and brokers. Topics are on all brokers, with `queueNums` queues each. */
export class FakeCluster {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork({ clock: this.clock });
  readonly brokers: FakeBroker[] = [];
  readonly topics = new Map<string, number>();
  readonly files = new MemoryFiles();
  /** Of all clients. */
  readonly warnings: string[] = [];
  /** What an HTTP server answers to everybody; undefined: there is none. */
  addressServer: ((url: string) => HttpAnswer) | undefined;
  /** Addresses of the machines of the name servers. */
  readonly namesrvHosts: readonly string[];
  #clients = 0;

  private constructor(namesrvs: number) {
    this.namesrvHosts = Array.from({ length: namesrvs }, (_, index) => `10.0.0.${index + 1}`);
  }

  static async start(
    options: { namesrvs?: number; brokers?: number; topics?: Readonly<Record<string, number>> } = {},
  ): Promise<FakeCluster> {
    const cluster = new FakeCluster(options.namesrvs ?? 1);
    for (const [topic, queueNums] of Object.entries(options.topics ?? {})) cluster.topics.set(topic, queueNums);
    for (let index = 0; index < (options.brokers ?? 1); index++) {
      const broker = new FakeBroker(cluster, `broker-${index}`, `10.0.2.${index + 1}`);
      cluster.brokers.push(broker);
      await broker.start();
    }
    for (const host of cluster.namesrvHosts) await cluster.startNamesrv(host);
    return cluster;
  }

  get nameServers(): string {
    return this.namesrvHosts.map((host) => `${host}:${NAMESRV_PORT}`).join(';');
  }

  /** The ports of a client with an address of its own. */
  ports(host = `10.0.1.${++this.#clients}`): ClientPorts {
    return {
      clock: this.clock,
      net: this.network.host(host),
      http: { get: async (url) => this.#http(url) },
      files: this.files,
      random: new SeededRandom(this.#clients + 7),
      localAddress: host,
      userHome: '/home/user',
      pid: 1,
      warn: (text) => void this.warnings.push(text),
    };
  }

  /** Moves time on in small steps, until the condition holds. */
  async until(condition: () => boolean, limitMs = 120_000): Promise<void> {
    const endMs = this.clock.monotonicMs() + limitMs;
    while (!condition()) {
      if (this.clock.monotonicMs() > endMs) throw new Error(`not so after ${limitMs} ms`);
      await this.clock.advance(10);
    }
  }

  /** What a promise gives, with time moving on while it is pending. */
  async settle<R>(promise: Promise<R>, limitMs = 120_000): Promise<R> {
    let isPending = true;
    const done = (): void => {
      isPending = false;
    };
    promise.then(done, done);
    await this.until(() => !isPending, limitMs);
    return promise;
  }

  async startNamesrv(host = this.namesrvHosts[0]!): Promise<void> {
    const { clock } = this;
    const route = processor(GET_ROUTEINFO_BY_TOPIC, 'all', ({ topic }) => this.#route(topic));
    const dispatcher = new Dispatcher({ logger: silentLogger, processors: [route], lanes: LANES });
    const net = this.network.host(host);
    const turn = new Turn(clock);
    await new RemotingServer({ clock, net, turn, logger: silentLogger, host, port: NAMESRV_PORT, dispatcher }).start();
  }

  killNamesrv(host = this.namesrvHosts[0]!): void {
    this.network.host(host).killProcess();
  }

  #http(url: string): HttpAnswer {
    if (this.addressServer === undefined) throw new Error(`nobody is at ${url}`);
    return this.addressServer(url);
  }

  #route(topic: string): Answer<never> {
    const queueNums = topic.startsWith('%RETRY%') || topic === 'c_REPLY_TOPIC' ? 1 : this.topics.get(topic);
    if (queueNums === undefined) return { code: ResponseCode.TOPIC_NOT_EXIST, remark: `No topic route info: ${topic}` };
    const body = TopicRouteData.encode(
      {
        queueDatas: this.brokers.map(({ name }) => ({
          brokerName: name,
          readQueueNums: queueNums,
          writeQueueNums: queueNums,
          perm: 6,
          topicSysFlag: 0,
        })),
        brokerDatas: this.brokers.map(({ name, address }) => ({
          cluster: 'c',
          brokerName: name,
          brokerAddrs: new Map([[0, address]]),
          enableActingMaster: false,
        })),
        filterServerTable: new Map(),
      },
      { style: 'standard' },
    );
    return { code: ResponseCode.SUCCESS, body };
  }
}
