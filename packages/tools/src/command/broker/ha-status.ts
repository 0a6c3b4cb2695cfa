/** `mqadmin haStatus`: how far replication is. */
import { sleep } from '@rocketmq-ts/common';
import type { HARuntimeInfo } from '@rocketmq-ts/remoting';
import { formatMillis } from '../../cli/format.js';
import { int } from '../../cli/option-declaration.js';
import type { Output, Table } from '../../cli/output.js';
import { defineCommand } from '../command.js';
import { eachTarget } from '../each-target.js';
import { brokerOrCluster, ONE_TARGET, targetMasters } from '../targets.js';

type Connection = HARuntimeInfo['haConnectionInfo'][number];

const TABLE: Table<Connection> = {
  titles: ['#SlaveAddr', '#SlaveAckOffset', '#Diff', '#TransferSpeed(KB/s)', '#Status', '#TransferFromWhere'],
  rowFormat: '%-32s  %-16d %16d %16.2f %16s %16d',
  cells: ({ addr, slaveAckOffset, diff, transferredByteInSecond, inSync, transferFromWhere }) => [
    ...[addr, slaveAckOffset, diff, transferredByteInSecond / 1024],
    ...[inSync ? 'OK' : 'Fall Behind', transferFromWhere],
  ],
};

export const haStatus = defineCommand({
  name: 'haStatus',
  doc: 'Show how far replication is.',
  options: { ...brokerOrCluster, interval: int('i', 'interval', 'Print again every so many seconds') },
  groups: ONE_TARGET,
  async run(context, { interval, ...target }) {
    const { admin, out, clock } = context;
    for (;;) {
      const exitCode = await eachTarget(context, await targetMasters(context, target), async (address) => {
        const status = await admin.brokers.haStatus(address);
        if (out.json) out.report({ address, ...status }, '');
        else print(out, address, status);
      });
      if (interval === undefined || interval <= 0) return exitCode;
      out.flush();
      await sleep(clock, interval * 1000);
    }
  },
});

function print(out: Output, address: string, status: HARuntimeInfo): void {
  if (status.master) {
    const head = `\n#MasterAddr\t%s\n#MasterCommitLogMaxOffset\t%d\n#SlaveNum\t%d\n#InSyncSlaveNum\t%d`;
    out.line(head, address, status.masterCommitLogMaxOffset, status.haConnectionInfo.length, status.inSyncSlaveNums);
    out.table(TABLE, status.haConnectionInfo);
    return;
  }
  const client = status.haClientRuntimeInfo;
  if (client === undefined) return;
  out.line('\n#MasterAddr\t%s', client.masterAddr);
  out.line('#CommitLogMaxOffset\t%d', client.maxOffset);
  out.line('#TransferSpeed(KB/s)\t%.2f', client.transferredByteInSecond / 1024);
  out.line('#LastReadTime\t%s', formatMillis(client.lastReadTimestamp));
  out.line('#LastWriteTime\t%s', formatMillis(client.lastWriteTimestamp));
  out.line('#MasterFlushOffset\t%s', client.masterFlushOffset);
}
