import { Producer } from '@rocketmq-ts/client';

try {
  new Producer({ nameServers: '', group: 'shop' });
} catch (error) {
  console.log(error.code);
}
