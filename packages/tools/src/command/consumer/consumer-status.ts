/** `mqadmin consumerStatus`: the inner state of the consumers of a group. */
import { type ClientConnection, ConsumerRunningInfo, versionName } from '@rocketmq-ts/remoting';
import { flag, requiredText, text } from '../../cli/option-declaration.js';
import type { Table } from '../../cli/output.js';
import { type CommandContext, defineCommand } from '../command.js';
import { haveSameSubscriptions, runningInfoText, stuckQueues } from './running-info-text.js';

interface ClientRow {
  readonly index: number;
  readonly clientId: string;
  readonly version: string;
  readonly runningInfo: object;
}

const TABLE: Table<ClientRow> = {
  titles: ['#Index', '#ClientId', '#Version', '#ConsumerRunningInfoFile'],
  rowFormat: '%-10d %-40s %-20s %s',
  // Files are written only where an option names them; the state of one client is printed with -i, of all with --json.
  cells: ({ index, clientId, version }) => [index, clientId, version, '-'],
};

export const consumerStatus = defineCommand({
  name: 'consumerStatus',
  doc: 'Show the inner state of the consumers of a group.',
  options: {
    brokerAddr: text('b', 'brokerAddr', 'Ask this broker for the clients, host:port'),
    consumerGroup: requiredText('g', 'consumerGroup', 'Name of the group'),
    clientId: text('i', 'clientId', 'Print the whole state of this client'),
    jstack: flag('s', 'jstack', 'Also what its threads do'),
  },
  async run(context, { brokerAddr, consumerGroup, clientId, jstack: jstackEnable }) {
    const { admin, out } = context;
    if (clientId !== undefined) {
      const info = await admin.groups.runningInfo(consumerGroup, clientId, { jstackEnable });
      out.result(ConsumerRunningInfo.write(info) as object);
      out.text(runningInfoText(info));
      return;
    }
    const { connectionSet } = await admin.groups.connections(consumerGroup, brokerAddr);
    await printAll(context, { group: consumerGroup, connectionSet, jstackEnable });
  },
});

interface Request {
  readonly group: string;
  readonly connectionSet: readonly ClientConnection[];
  readonly jstackEnable: boolean;
}

async function printAll(
  { admin, out, clock }: CommandContext,
  { group, connectionSet, jstackEnable }: Request,
): Promise<void> {
  const infos = new Map<string, ConsumerRunningInfo>();
  out.titles(TABLE);
  for (const { clientId = '', version } of connectionSet) {
    const info = await admin.groups.runningInfo(group, clientId, { jstackEnable });
    infos.set(clientId, info);
    const runningInfo = ConsumerRunningInfo.write(info) as object;
    out.row(TABLE, { index: infos.size, clientId, version: versionName(version), runningInfo });
  }
  if (!haveSameSubscriptions([...infos.values()], clock.now())) {
    out.line('\n\nWARN: Different subscription in the same group of consumer!!!');
    return;
  }
  out.line('\n\nSame subscription in the same group of consumer\n\nRebalance OK');
  const sorted = [...infos].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [clientId, info] of sorted) {
    for (const problem of stuckQueues(clientId, info, clock.now())) out.line('%s', problem);
  }
}
