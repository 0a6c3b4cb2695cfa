/** `mqadmin updateTopic`: creates or changes a topic. */
import { brokerNameOfAddress } from '@rocketmq-ts/client';
import {
  buildTopicSysFlag,
  createTopicConfig,
  formatTopicConfig,
  parseAttributes,
  topicConfigToJson,
} from '@rocketmq-ts/common';
import { bool, int, requiredText, text } from '../../cli/option-declaration.js';
import { type CommandContext, defineCommand } from '../command.js';
import { brokerOrCluster, ONE_TARGET, targetMasters } from '../targets.js';

export const updateTopic = defineCommand({
  name: 'updateTopic',
  doc: 'Create or change a topic on a broker or in a cluster.',
  options: {
    attributes: text('a', 'attributes', 'Changes of attributes: +key=value adds, -key removes; separated by commas'),
    ...brokerOrCluster,
    order: bool('o', 'order', 'Whether the queues are ordered as a whole (true|false)'),
    perm: int('p', 'perm', 'Permission: 2 write, 4 read, 6 both'),
    readQueueNums: int('r', 'readQueueNums', 'Number of queues to read (default 8)'),
    hasUnitSub: bool('s', 'hasUnitSub', 'Whether units subscribe to it (true|false)'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
    unit: bool('u', 'unit', 'Whether it belongs to a unit (true|false)'),
    writeQueueNums: int('w', 'writeQueueNums', 'Number of queues to write (default 8)'),
  },
  groups: ONE_TARGET,
  async run(context, options) {
    const { admin, out } = context;
    const { topic, unit = false, hasUnitSub = false, order = false } = options;
    const config = createTopicConfig(topic, {
      readQueueNums: options.readQueueNums ?? 8,
      writeQueueNums: options.writeQueueNums ?? 8,
      ...(options.perm === undefined ? {} : { perm: options.perm }),
      topicSysFlag: buildTopicSysFlag({ unit, hasUnitSub }),
      order,
      attributes: parseAttributes(options.attributes),
    });
    for (const address of await targetMasters(context, options)) {
      await admin.topics.update(address, config);
      out.report({ address, topicConfig: topicConfigToJson(config) }, 'create topic to %s success.', address);
    }
    if (order) await setOrderConf(context, { ...options, queues: config.writeQueueNums });
    out.line('%s', formatTopicConfig(config));
  },
});

interface OrderTarget {
  readonly topic: string;
  readonly queues: number;
  readonly brokerAddr: string | undefined;
  readonly clusterName: string | undefined;
}

/** An ordered topic's queues stay known while a broker is away: their number per broker is kept by the name servers. */
async function setOrderConf({ admin, out }: CommandContext, target: OrderTarget): Promise<void> {
  const { topic, queues, brokerAddr, clusterName } = target;
  const info = await admin.nameServer.clusterInfo();
  if (brokerAddr !== undefined) {
    const orderConf = `${brokerNameOfAddress(info, brokerAddr)}:${queues}`;
    await admin.nameServer.mergeOrderConf(topic, orderConf);
    out.line('set broker orderConf. isOrder=true, orderConf=[%s]', orderConf);
    return;
  }
  const brokerNames = info.clusterAddrTable.get(clusterName ?? '') ?? [];
  const orderConf = brokerNames.map((name) => `${name}:${queues}`).join(';');
  await admin.nameServer.putOrderConf(topic, orderConf);
  out.line('set cluster orderConf. isOrder=true, orderConf=[%s]', orderConf);
}
