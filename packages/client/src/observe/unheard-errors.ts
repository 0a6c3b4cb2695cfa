/** What becomes of failures in the background that nobody listens to. */
import { silentLogger } from '@rocketmq-ts/common';
import type { ResolvedClientOptions } from '../client-options.js';
import { reasonOf } from '../errors.js';
import type { ClientPorts } from '../ports.js';
import type { Failure } from './events.js';

interface Told {
  readonly options: Pick<ResolvedClientOptions, 'logger'>;
  readonly ports: Pick<ClientPorts, 'warn'>;
}

/** Without a logger either, the first one of each kind is a warning of the process: who has just begun should not look at silence. */
export function unheardErrors({ options, ports }: Told): ((failure: Failure) => void) | undefined {
  if (options.logger !== silentLogger) return undefined;
  const told = new Set<string>();
  return ({ what, error }) => {
    // Handlers that ask for another delivery have not failed.
    if (told.has(what) || (error instanceof Error && error.name === 'ConsumeLaterError')) return;
    told.add(what);
    ports.warn(`${what} failed: ${reasonOf(error)}. This is told once; listen to the event 'error' or give a logger`);
  };
}
