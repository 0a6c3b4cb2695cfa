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
import { InvalidArgumentError, NameServerUnreachableError } from '../errors.js';

export interface NameServersOptions {
  readonly remoting: Pick<RemotingClient, 'invoke' | 'closeConnection' | 'closeIfSilent'>;
  /** In the order of trying. */
  readonly addresses: readonly string[];
  readonly timeoutMs: number;
  /** Tells the addresses, when they are first needed and when none of them answers. */
  readonly discover?: (() => Promise<readonly string[]>) | undefined;
}

/** Source: NettyRemotingClient#getAndCreateNameserverChannel. */
export class NameServers {
  readonly #options: NameServersOptions;
  #addresses: readonly string[];
  #current = 0;
  #discovering: Promise<boolean> | undefined;

  constructor(options: NameServersOptions) {
    this.#options = options;
    this.#addresses = options.addresses;
  }

  /** All that are known, in the order of trying. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** As `addresses`, found out when none are known. @throws InvalidArgumentError, NameServerUnreachableError */
  async mustKnow(): Promise<readonly string[]> {
    if (this.#addresses.length > 0) return this.#addresses;
    if (this.#options.discover === undefined) {
      throw new InvalidArgumentError('no name server is given: use -n, NAMESRV_ADDR or -Drocketmq.namesrv.addr');
    }
    await this.rediscover();
    return this.#addresses;
  }

  /** Finds the addresses out anew; true when they are others. @throws NameServerUnreachableError: those that were known stay */
  rediscover(): Promise<boolean> {
    this.#discovering ??= this.#discover().finally(() => {
      this.#discovering = undefined;
    });
    return this.#discovering;
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
    const options = { timeoutMs: this.#options.timeoutMs, ...(body === undefined ? {} : { body }) };
    const ask = (address: string) => this.#options.remoting.invoke(address, command, header, options);
    try {
      return await this.#askOneOf(await this.mustKnow(), ask);
    } catch (error) {
      if (!(error instanceof NameServerUnreachableError) || this.#options.discover === undefined) throw error;
      // They may have moved.
      if (this.#addresses.length === 0 || !(await this.rediscover())) throw error;
      return this.#askOneOf(this.#addresses, ask);
    }
  }

  async #askOneOf<R>(addresses: readonly string[], ask: (address: string) => Promise<R>): Promise<R> {
    const { remoting, timeoutMs } = this.#options;
    let cause: unknown;
    for (let tries = 0; tries < addresses.length; tries++) {
      const index = this.#current;
      const address = addresses[index % addresses.length]!;
      try {
        return await ask(address);
      } catch (error) {
        if (!(error instanceof RemotingError)) throw error;
        cause = error;
        if (error.code === 'REMOTING_TIMEOUT') remoting.closeIfSilent(address, timeoutMs);
        // Unless another request has moved on meanwhile.
        if (this.#current === index) this.#current = (index + 1) % addresses.length;
      }
    }
    throw new NameServerUnreachableError(addresses, { cause });
  }

  async #discover(): Promise<boolean> {
    const before = this.#addresses;
    let found: readonly string[];
    try {
      found = (await this.#options.discover?.()) ?? before;
    } catch (cause) {
      throw new NameServerUnreachableError(before, { cause });
    }
    if (found.length === before.length && found.every((address) => before.includes(address))) return false;
    this.#current = Math.max(0, found.indexOf(before[this.#current] ?? ''));
    this.#addresses = found;
    for (const address of before) if (!found.includes(address)) this.#options.remoting.closeConnection(address);
    return true;
  }
}
