/** `mqadmin wipeWritePerm` and `addWritePerm`: whether clients may send to a broker. */
import { requiredText } from '../../cli/option-declaration.js';
import { type CommandContext, defineCommand, type ExitCode } from '../command.js';
import { eachTarget } from '../each-target.js';

const options = { brokerName: requiredText('b', 'brokerName', 'Name of the broker') };

export const wipeWritePerm = defineCommand({
  name: 'wipeWritePerm',
  doc: 'Take the write permission of a broker away, on all name servers.',
  options,
  run: (context, { brokerName }) =>
    onAll(context, brokerName, 'wipe', (address) => context.admin.nameServer.wipeWritePerm(address, brokerName)),
});

export const addWritePerm = defineCommand({
  name: 'addWritePerm',
  doc: 'Give a broker its write permission back, on all name servers.',
  options,
  run: (context, { brokerName }) =>
    onAll(context, brokerName, 'add', (address) => context.admin.nameServer.addWritePerm(address, brokerName)),
});

function onAll(
  context: CommandContext,
  brokerName: string,
  verb: string,
  change: (address: string) => Promise<number>,
): Promise<ExitCode> {
  return eachTarget(context, context.nameServers, async (address) => {
    const count = await change(address);
    const done = `${verb} write perm of broker[%s] in name server[%s] OK, %d`;
    context.out.report({ brokerName, nameServer: address, topics: count }, done, brokerName, address, count);
  });
}
