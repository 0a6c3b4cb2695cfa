// The same from a CommonJS module: Node loads the package through `require`.
const { Producer } = require('@rocketmq-ts/client');

async function main() {
  const producer = new Producer({ nameServers: process.env.NAMESRV_ADDR ?? '127.0.0.1:9876', group: 'shop' });
  try {
    const { status } = await producer.send({ topic: 'Orders', body: 'from CommonJS' });
    console.log(status);
  } finally {
    await producer.close();
  }
}

void main();
