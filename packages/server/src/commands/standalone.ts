/** `rocketmq standalone`: the whole system in one process. */
import type { Command } from 'commander';
import { processPorts } from '../ports.js';
import { runRole } from '../process.js';
import { startStandalone } from '../roles/standalone.js';

interface Options {
  readonly data: string;
  readonly host: string;
  readonly configFile?: string;
  readonly namesrvPort: number;
  readonly brokerPort: number;
}

export async function standalone(command: Command, definitions: readonly string[]): Promise<void> {
  const ports = processPorts(definitions);
  const options = command.opts<Options>();
  const isGiven = (name: keyof Options): boolean => command.getOptionValueSource(name) === 'cli';
  const given = new Set((['data', 'host', 'brokerPort'] as const).filter(isGiven));
  await runRole('standalone', ports.logger, () => startStandalone({ ...options, given }, ports));
}
