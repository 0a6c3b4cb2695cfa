/** `mqadmin queryMsgTraceById`: what clients with message traces wrote about a message. */
import { AdminNotFoundError, type MessageTrace } from '@rocketmq-ts/client';
import { ResponseCode } from '@rocketmq-ts/remoting';
import { formatSeconds } from '../../cli/format.js';
import { int, long, requiredText, text } from '../../cli/option-declaration.js';
import type { Output } from '../../cli/output.js';
import { defineCommand } from '../command.js';

const LINE = '%-10s %-20s %-20s %-20s %-10s %-10s';

type Ended = Extract<MessageTrace, { readonly type: 'Pub' | 'SubAfter' }>;

export const queryMsgTraceById = defineCommand({
  name: 'queryMsgTraceById',
  doc: 'Show who sent a message and who consumed it, as their message traces tell.',
  options: {
    beginTimestamp: long('b', 'beginTimestamp', 'Oldest store time of the traces, ms since the epoch. Default: 0'),
    maxNum: int('c', 'maxNum', 'Most messages of the trace topic that are looked at. Default: 64'),
    endTimestamp: long('e', 'endTimestamp', 'Newest store time of the traces. Default: none'),
    msgId: requiredText('i', 'msgId', 'Unique id of the message'),
    traceTopic: text('t', 'traceTopic', 'Where the clients write their traces. Default: RMQ_SYS_TRACE_TOPIC'),
  },
  async run({ admin, out }, { beginTimestamp, endTimestamp, maxNum, msgId, traceTopic }) {
    const traces = await admin.traces.byMessageId(msgId.trim(), {
      ...(traceTopic === undefined ? {} : { traceTopic }),
      ...(beginTimestamp === undefined ? {} : { beginMs: beginTimestamp }),
      ...(endTimestamp === undefined ? {} : { endMs: endTimestamp }),
      ...(maxNum === undefined ? {} : { maxMessages: maxNum }),
    });
    if (traces.length === 0) throw new AdminNotFoundError(ResponseCode.NO_MESSAGE, `no trace of message ${msgId}`);
    out.result(traces);
    const consumed = new Map<string, Ended[]>();
    for (const trace of traces) {
      if (trace.type === 'Pub') print(out, { kind: 'Pub', who: '#ProducerGroup', when: '#SendTime' }, [trace]);
      else if (trace.type === 'SubAfter') consumed.set(trace.group, [...(consumed.get(trace.group) ?? []), trace]);
    }
    for (const ofGroup of consumed.values()) {
      print(out, { kind: 'Sub', who: '#ConsumerGroup', when: '#ConsumerTime' }, ofGroup);
    }
  },
});

function print(
  out: Output,
  { kind, who, when }: { readonly kind: string; readonly who: string; readonly when: string },
  traces: readonly Ended[],
): void {
  out.line(LINE, '#Type', who, '#ClientHost', when, '#CostTimes', '#Status');
  for (const { group, clientHost, timestamp, tookMs, success } of traces) {
    const status = success ? 'success' : 'failed';
    out.line(LINE, kind, group, clientHost, formatSeconds(timestamp), `${tookMs}ms`, status);
  }
  out.line('');
}
