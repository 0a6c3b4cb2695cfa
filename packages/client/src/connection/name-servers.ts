/** Asks name servers: one that answers is kept, the next is tried when it fails. */
import {
  type CommandDeclaration,
  type Header,
  type HeaderInit,
  type HeaderSchema,
  type RemotingClient,
  RemotingError,
  type RemotingResponse,
} from '@rocketmq-ts/remoting';
import { NameServerUnreachableError } from '../errors.js';

export interface NameServersOptions {
  readonly remoting: Pick<RemotingClient, 'invoke' | 'closeIfSilent'>;
  /** In the order of trying. */
  readonly addresses: readonly string[];
  readonly timeoutMs: number;
}

/** Source: NettyRemotingClient#getAndCreateNameserverChannel. */
export class NameServers {
  readonly #options: NameServersOptions;
  readonly #addresses: readonly string[];
  #current = 0;

  constructor(options: NameServersOptions) {
    this.#options = options;
    this.#addresses = options.addresses;
  }

  /** All of them, in the order of trying. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /**
   * The answer of the first one that answers, whatever its code.
   *
   * @throws NameServerUnreachableError
   */
  async invoke<Q extends HeaderSchema | undefined, A extends HeaderSchema | undefined>(
    command: CommandDeclaration<Q, A>,
    header: HeaderInit<Q>,
    body?: Uint8Array,
  ): Promise<RemotingResponse<Header<A>>> {
    const { remoting, timeoutMs } = this.#options;
    let cause: unknown;
    for (let tries = 0; tries < this.#addresses.length; tries++) {
      const index = this.#current;
      try {
        return await remoting.invoke(this.#addresses[index]!, command, header, {
          timeoutMs,
          ...(body === undefined ? {} : { body }),
        });
      } catch (error) {
        if (!(error instanceof RemotingError)) throw error;
        cause = error;
        if (error.code === 'REMOTING_TIMEOUT') remoting.closeIfSilent(this.#addresses[index]!, timeoutMs);
        // Unless another request has moved on meanwhile.
        if (this.#current === index) this.#current = (index + 1) % this.#addresses.length;
      }
    }
    throw new NameServerUnreachableError(this.#addresses, { cause });
  }
}
