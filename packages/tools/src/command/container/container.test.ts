import { expect, test } from 'vitest';
import { runWithAnswers } from '../testdata/answers.js';

const ok = (command: string) => [{ command, body: '' }];

test('addBroker asks the container for the broker of a file', async () => {
  const words = ['addBroker', '-c', '10.0.0.1:10811', '-b', '/etc/b.conf'];
  const { exitCode, output, asked } = await runWithAnswers(words, ok('ADD_BROKER'));
  expect(output).toBe('add broker to 10.0.0.1:10811 success\n');
  expect(exitCode).toBe(0);
  expect(asked).toMatchObject([{ address: '10.0.0.1:10811', header: { configPath: '/etc/b.conf' } }]);
});

test('removeBroker takes the three parts of an identity', async () => {
  const words = ['removeBroker', '-c', '10.0.0.1:10811', '-b', 'DefaultCluster : broker-b : 0'];
  const { output, asked } = await runWithAnswers(words, ok('REMOVE_BROKER'));
  expect(output).toBe('remove broker from 10.0.0.1:10811 success\n');
  const header = { brokerClusterName: 'DefaultCluster', brokerName: 'broker-b', brokerId: 0 };
  expect(asked).toMatchObject([{ address: '10.0.0.1:10811', header }]);
});

test.each(['DefaultCluster', 'DefaultCluster:b', 'DefaultCluster:b:one', 'DefaultCluster:b:-1', 'c:b:0:x', ':b:0'])(
  'removeBroker refuses the identity %s',
  async (identity) => {
    const words = ['removeBroker', '-c', '10.0.0.1:10811', '-b', identity];
    await expect(runWithAnswers(words, ok('REMOVE_BROKER'))).rejects.toThrow('is not clusterName:brokerName:brokerId');
  },
);

test('removeBroker tells that there is no such broker', async () => {
  const words = ['removeBroker', '-c', '10.0.0.1:10811', '-b', 'c:b:0'];
  const answers = [{ command: 'REMOVE_BROKER', code: 211, remark: 'Broker not exist', body: '' }];
  await expect(runWithAnswers(words, answers)).rejects.toThrow('Broker not exist');
});
