// How groups with members of both kinds share queues: as the strategies say, of which the unit tests know that they give
// what the reference gives.
import {
  type AllocationStrategy,
  averageAllocation,
  circleAllocation,
  configuredAllocation,
  consistentHashAllocation,
  machineRoomAllocation,
  nearbyAllocation,
} from '@rocketmq-ts/client';
import { describe, test } from 'vitest';
import { eventually, type Queue } from '../support/judge.js';
import { createTopic, queue } from '../support/steps.js';
import { ascending, fill, handled, idsOf, javaMember, QUEUES } from './mixed-tests.js';
import { type Consumer, consume, type TsContext, type TsTests } from './suite.js';

/** One member of a group of three. */
interface Share {
  readonly allocation: AllocationStrategy;
  /** Where it stands; only members nearby ask. */
  readonly room: string;
  /** What Java is told besides the strategy's name. */
  readonly java?: object;
}

interface Case {
  /** Java's name of the strategy. */
  readonly strategy: string;
  /** Java's member, and two of ours. */
  readonly shares: (queues: readonly Queue[]) => readonly [Share, Share, Share];
}

const everywhere =
  (allocation: AllocationStrategy, java: object = {}): Case['shares'] =>
  () => {
    const share = { allocation, room: 'room1', java };
    return [share, share, share];
  };

const nearby = nearbyAllocation(averageAllocation, {
  brokerDeployIn: ({ brokerName }) => brokerName.split('@')[0]!,
  consumerDeployIn: (clientId) => clientId.split('@')[1]!.split('-')[0]!,
});

const cases: readonly Case[] = [
  { strategy: 'Averagely', shares: everywhere(averageAllocation) },
  { strategy: 'AveragelyByCircle', shares: everywhere(circleAllocation) },
  { strategy: 'ConsistentHash', shares: everywhere(consistentHashAllocation()) },
  {
    strategy: 'ByMachineRoom',
    shares: everywhere(machineRoomAllocation(['room1', 'room2']), { rooms: ['room1', 'room2'] }),
  },
  {
    // The third stands where no broker is, and gets nothing while there are others.
    strategy: 'MachineRoomNearby',
    shares: () => ['room1', 'room1', 'room2'].map((room) => ({ allocation: nearby, room })) as [Share, Share, Share],
  },
  {
    strategy: 'ByConfig',
    shares: (queues) =>
      [
        [0, 2, 4],
        [1, 3],
        [5, 6],
      ].map((ids) => {
        const own = ids.map((id) => queues[id]!);
        return { allocation: configuredAllocation(own), room: 'room1', java: { queues: own } };
      }) as [Share, Share, Share],
  },
];

interface Member {
  readonly clientId: string;
  readonly allocation: AllocationStrategy;
  readonly held: () => Promise<readonly Queue[]>;
}

/** Waits until each member holds just the queues that its strategy gives it. */
async function shareAsSaid({ name }: TsContext, group: string, queues: readonly Queue[], members: readonly Member[]) {
  const clientIds = members.map(({ clientId }) => clientId).sort();
  const { topic } = queues[0]!;
  const said = members.map(({ allocation, clientId }) =>
    idsOf(allocation.allocate({ group: name(group), clientId, queues, clientIds }), topic).join(),
  );
  const now = async () => Promise.all(members.map(async ({ held }) => ascending(idsOf(await held(), topic)).join()));
  await eventually(now, (found) => found.join(';') === said.join(';'), 40_000);
}

/** Groups of Java's consumers and ours, one for each strategy. */
export const allocationTests: TsTests = (context) => {
  describe('a group with members of Java and of ours', () => {
    test.for(cases)('shares the queues $strategy, as the strategy says', async ({ strategy, shares }, { expect }) => {
      const topic = await createTopic(context(), `ts_mix_${strategy}`, { queues: QUEUES });
      const queues = Array.from({ length: QUEUES }, (_, id) => queue(context(), topic, id));
      const group = `mix_${strategy}`;
      const [javas, first, second] = shares(queues);
      const instance = ({ room }: Share, member: string) => `${room}-${context().name(`${strategy}${member}`)}`;
      const ours = ({ allocation, room }: Share, member: string) =>
        consume(context(), group, {
          subscriptions: { [topic]: '*' },
          allocation,
          instanceName: instance({ allocation, room }, member),
        });
      const javaOptions = { strategy, instance: instance(javas, 'java'), ...javas.java };
      await using java = await javaMember(context(), group, topic, javaOptions);
      await using one = await ours(first, 'one');
      await using two = await ours(second, 'two');
      const memberOf = (consumer: Consumer, { allocation }: Share): Member => ({
        ...{ clientId: consumer.clientId, allocation },
        held: async () => consumer.assignment,
      });
      await shareAsSaid(context(), group, queues, [
        { clientId: await java.call('buildMQClientId'), allocation: javas.allocation, held: () => java.queues() },
        memberOf(one, first),
        memberOf(two, second),
      ]);
      await fill(context(), topic, 70);
      const numbers = await eventually(
        () => handled([java], [one, two]),
        (found) => found.length >= 70,
      );
      expect(ascending(numbers)).toEqual(Array.from({ length: 70 }, (_, index) => index));
    });
  });
};
