/** How a server says which command it handles, and with what. */
import type { CommandDeclaration, Header, HeaderInit, HeaderSchema } from '../protocol/header-schema.js';
import type { Answer, Exchange } from './exchange.js';

/**
 * What a handler gives back: the answer, a promise of it, or nothing when it
 * answers (or has answered) through the exchange itself.
 */
export type Handled<A> = Answer<A> | undefined | Promise<Answer<A> | undefined>;

/** One command with its handler and the lane that bounds it. */
export interface Processor {
  readonly command: CommandDeclaration;
  readonly lane: string;
  handle(header: never, exchange: Exchange<never>): Handled<unknown>;
}

/**
 * Ties a handler to a declared command; header and answer are typed by the
 * declaration. The request's body is a view that is valid during the call: a
 * handler that keeps it copies it first.
 */
export function processor<Q extends HeaderSchema | undefined, A extends HeaderSchema | undefined>(
  command: CommandDeclaration<Q, A>,
  lane: string,
  handle: (header: Header<Q>, exchange: Exchange<HeaderInit<A>>) => Handled<HeaderInit<A>>,
): Processor {
  return { command, lane, handle: handle as Processor['handle'] };
}
