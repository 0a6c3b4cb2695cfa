/** Finds the client that a producer or consumer works with: its own, or one that it shares. */
import { ClientInstance } from './client-instance.js';
import type { ClientOptions } from './client-options.js';
import type { ClientPorts } from './ports.js';

/** Where connections come from: options for a client of its own, or a client that is shared. */
export type ClientSource = ClientOptions | { readonly client: ClientInstance };

/** The client, and whether it is closed with its user. */
export interface ClientLease {
  readonly client: ClientInstance;
  readonly isOwn: boolean;
}

/** `defaults` fill in what the options leave open; `ports` are for tests. @throws InvalidArgumentError */
export function leaseClient(
  source: ClientSource,
  ports?: ClientPorts,
  defaults: Partial<ClientOptions> = {},
): ClientLease {
  if ('client' in source) return { client: source.client, isOwn: false };
  return { client: new ClientInstance({ ...defaults, ...source }, ports), isOwn: true };
}
