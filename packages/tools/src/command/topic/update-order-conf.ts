/** `mqadmin updateOrderConf`: the number of queues per broker that an ordered topic is promised. */
import { requiredText, text } from '../../cli/option-declaration.js';
import { UsageError } from '../../cli/parse-options.js';
import { type CommandContext, defineCommand } from '../command.js';

export const updateOrderConf = defineCommand({
  name: 'updateOrderConf',
  doc: 'Read, set or remove the order configuration of a topic.',
  options: {
    method: requiredText('m', 'method', 'What to do: put, get or delete'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
    orderConf: text('v', 'orderConf', 'Queues per broker, e.g. brokerA:4;brokerB:4'),
  },
  async run(context, { method, topic, orderConf }) {
    switch (method) {
      case 'get':
        return get(context, topic);
      case 'put':
        return put(context, topic, orderConf);
      case 'delete':
        return remove(context, topic);
      default:
        throw new UsageError(`option -m/--method: '${method}' is none of put, get, delete`);
    }
  },
});

async function get({ admin, out }: CommandContext, topic: string): Promise<void> {
  const orderConf = await admin.nameServer.getOrderConf(topic);
  out.report({ topic, orderConf }, 'get orderConf success. topic=[%s], orderConf=[%s] ', topic, orderConf);
}

async function put({ admin, out }: CommandContext, topic: string, orderConf: string | undefined): Promise<void> {
  if (!orderConf) throw new UsageError('please set orderConf with option -v.');
  await admin.nameServer.putOrderConf(topic, orderConf);
  out.report({ topic, orderConf }, 'update orderConf success. topic=[%s], orderConf=[%s]', topic, orderConf);
}

async function remove({ admin, out }: CommandContext, topic: string): Promise<void> {
  await admin.nameServer.deleteOrderConf(topic);
  out.report({ topic, deleted: true }, 'delete orderConf success. topic=[%s]', topic);
}
