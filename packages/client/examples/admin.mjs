// Creates a topic, looks at it, and sets a group back to the beginning.
import { Admin, Producer } from '@rocketmq-ts/client';

const nameServers = process.env.NAMESRV_ADDR ?? '127.0.0.1:9876';
const admin = new Admin({ nameServers });
await admin.createTopic({ topic: 'Managed', readQueueNums: 2 });
await admin.createGroup('managed');

const producer = new Producer({ nameServers, group: 'shop' });
const { messageId, queue } = await producer.send({ topic: 'Managed', keys: 'k1', body: 'x' });
await producer.close();

console.log(`${queue.brokerName} has ${await admin.maxOffset(queue)} message(s) in queue ${queue.queueId}`);
const found = await admin.messageById('Managed', messageId);
console.log(`found ${found?.body}`);
await admin.resetQueueOffset('managed', queue, 0);
console.log(`group 'managed' goes on at ${await admin.consumerOffset('managed', queue)}`);
console.log(`its lag is ${await admin.lag('managed', 'Managed')}`);
const offsets = await admin.resetOffsets('managed', 'Managed', 'end');
console.log(`after its reset to the end ${Math.max(...offsets.values())}`);

// Single servers, by subject.
for (const { brokerAddrs } of (await admin.clusterInfo()).brokerAddrTable.values()) {
  for (const address of brokerAddrs.values()) {
    const figures = await admin.brokers.runtimeInfo(address);
    console.log(`${address} is a ${figures.get('brokerVersionDesc')}`);
    const { perm } = await admin.topics.config(address, 'Managed');
    console.log(`its topic Managed has the permissions ${perm}`);
  }
}
await admin.close();
