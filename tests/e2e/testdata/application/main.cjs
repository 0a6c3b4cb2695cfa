const { Producer } = require('@rocketmq-ts/client');

async function main() {
  const modules = await import('@rocketmq-ts/client');
  try {
    new Producer({ nameServers: '', group: 'shop' });
  } catch (error) {
    console.log(error.code, modules.Producer === Producer);
  }
}

void main();
