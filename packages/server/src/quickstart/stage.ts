/** What a scenario plays on: a running server, clients for it, and where progress is shown. */

import { MQAdminExt, Producer, PushConsumer, type PushConsumerOwnOptions } from '@rocketmq-ts/client';
import { type Clock, createTopicConfig, sleep } from '@rocketmq-ts/common';
import { RemotingClient } from '@rocketmq-ts/remoting';
import type { ProcessPorts } from '../ports.js';
import { Tally } from './tally.js';

const QUEUES = 4;
const ARRIVAL_TIMEOUT_MS = 20_000;
/** What comes doubled comes soon after. */
const AFTERGLOW_MS = 50;

export class Stage {
  readonly clock: Clock;
  readonly #remoting: RemotingClient;
  readonly admin: MQAdminExt;
  readonly producer: Producer;

  constructor(
    readonly nameServer: string,
    readonly broker: string,
    ports: ProcessPorts,
  ) {
    this.clock = ports.clock;
    this.#remoting = new RemotingClient(ports);
    this.admin = new MQAdminExt({ remoting: this.#remoting, nameServers: [nameServer] });
    this.producer = new Producer({ nameServers: nameServer, group: 'quickstart-producer' });
  }

  async createTopic(topic: string): Promise<void> {
    await this.admin.topics.update(
      this.broker,
      createTopicConfig(topic, { readQueueNums: QUEUES, writeQueueNums: QUEUES }),
    );
  }

  /** Consumes while `send` sends, until everything has arrived; answers what was counted. */
  async play(
    name: string,
    consumer: Omit<PushConsumerOwnOptions<Buffer>, 'group' | 'onMessage' | 'consumeFrom'>,
    onMessage: (tally: Tally) => NonNullable<PushConsumerOwnOptions<Buffer>['onMessage']>,
    send: (tally: Tally) => Promise<void>,
  ): Promise<Tally> {
    const tally = new Tally(this.clock);
    await using pushConsumer = new PushConsumer({
      ...consumer,
      nameServers: this.nameServer,
      group: `quickstart-${name}`,
      consumeFrom: 'first',
      onMessage: onMessage(tally),
    });
    await pushConsumer.start();
    await send(tally);
    await tally.complete(ARRIVAL_TIMEOUT_MS);
    await sleep(this.clock, AFTERGLOW_MS);
    return tally;
  }

  async close(): Promise<void> {
    await this.producer.close();
    this.#remoting.close();
  }
}
