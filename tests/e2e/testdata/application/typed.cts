import { Admin, json, LitePullConsumer, Producer, PushConsumer, type SendResult } from '@rocketmq-ts/client';

interface Order {
  readonly id: number;
}

const nameServers = '127.0.0.1:9876';
const producer = new Producer({ nameServers, group: 'shop', codec: json<Order>() });
const sent: Promise<SendResult> = producer.send({ topic: 'Orders', body: { id: 42 } });
// @ts-expect-error: the codec says what a body is
const refused: Promise<SendResult> = producer.send({ topic: 'Orders', body: { id: '42' } });
const consumer = new PushConsumer({
  nameServers,
  group: 'billing',
  codec: json<Order>(),
  onMessage: (message) => message.value.id.toFixed(),
});
export async function read(from: LitePullConsumer): Promise<Buffer | undefined> {
  for await (const message of from) return message.body;
  return undefined;
}
export const admin = new Admin({ nameServers });
export { consumer, refused, sent };
