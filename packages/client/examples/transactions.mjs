// Sends a message that consumers get only if a local transaction commits.
import { Producer } from '@rocketmq-ts/client';

const nameServers = process.env.NAMESRV_ADDR ?? '127.0.0.1:9876';
const booked = new Set();
const producer = new Producer({
  nameServers,
  group: 'bookings',
  // A broker asks when it was not told, for example because this process died in between.
  onCheck: (message) => (booked.has(message.keys[0]) ? 'commit' : 'rollback'),
});
try {
  const { state, messageId } = await producer.sendInTransaction(
    { topic: 'Bookings', keys: ['42'], body: 'room 7' },
    async () => {
      booked.add('42');
      return 'commit';
    },
  );
  console.log(`${messageId}: ${state}`);
} finally {
  await producer.close();
}
