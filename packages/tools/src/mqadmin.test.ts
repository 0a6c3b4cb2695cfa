import { type Environment, NodeRandom, silentLogger, Turn } from '@rocketmq-ts/common';
import { MemoryFiles, MemoryNetwork, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { mqadmin } from './mqadmin.js';

const ENVIRONMENT: Environment = {
  hostName: 'here',
  localAddress: '10.0.0.1',
  cpuCount: 1,
  userHome: '/home/me',
  variables: {},
  systemProperties: new Map(),
};

async function run(...words: string[]): Promise<{ exitCode: number; output: string; errors: string }> {
  const clock = new VirtualClock();
  let output = '';
  let errors = '';
  const exitCode = await mqadmin(words, {
    environment: ENVIRONMENT,
    clock,
    files: new MemoryFiles(),
    net: new MemoryNetwork({ clock }).host('10.0.0.1'),
    random: new NodeRandom(),
    turn: new Turn(clock),
    logger: silentLogger,
    write: (text) => (output += text),
    writeError: (text) => (errors += text),
  });
  return { exitCode, output, errors };
}

describe('mqadmin', () => {
  test('lists its commands, and those that are not there yet', async () => {
    const { exitCode, output } = await run('help');
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^ {3}topicList {27}List all topics/m);
    expect(output).toMatch(/Not part of this version:\n.*startMonitoring/);
  });

  test('explains the options of a command', async () => {
    const expected = [
      'usage: mqadmin deleteTopic -c <arg> [-h] [--json] [-n <arg>] -t <arg>',
      ' -c,--clusterName <arg>   Cluster to remove it from',
    ].join('\n');
    expect((await run('help', 'deleteTopic')).output).toContain(expected);
    expect((await run('deletetopic', '-h')).output).toContain(expected);
  });

  test.each([
    [['topicLst'], 'mqadmin topicLst: the sub command topicLst does not exist; did you mean topicList?\n'],
    [['startMonitoring'], 'mqadmin startMonitoring: the command startMonitoring is not part of this version\n'],
    [['topicRoute'], "mqadmin topicRoute: missing required option: -t/--topic\nSee 'mqadmin help topicRoute'.\n"],
    [['topicList'], 'mqadmin topicList: no name server is given: use -n, NAMESRV_ADDR or -Drocketmq.namesrv.addr\n'],
    [['\u001b[2J'], "mqadmin \\u001b[2J: the sub command \\u001b[2J does not exist; see 'mqadmin help'\n"],
  ])('answers %j with one clear error', async (words, message) => {
    const { exitCode, output, errors } = await run(...words);
    expect(errors).toBe(message);
    expect(output).toBe('');
    expect(exitCode).toBe(1);
  });

  test('names the server that it cannot reach', async () => {
    const { exitCode, errors } = await run('topicList', '-n', '10.0.0.2:9876');
    expect(errors).toContain('connect to 10.0.0.2:9876 failed');
    expect(exitCode).toBe(1);
  });
});
