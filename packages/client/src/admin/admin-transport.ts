/** Requests of the admin client: to one server, or to whichever name server answers. */
import {
  type CommandDeclaration,
  type Header,
  type HeaderInit,
  type HeaderSchema,
  type RemotingClient,
  type RemotingResponse,
  RemotingTimeoutError,
} from '@rocketmq-ts/remoting';
import { NameServers } from '../connection/name-servers.js';
import { mustSucceed } from '../consumer/broker-calls.js';

export interface CallOptions {
  readonly body?: Uint8Array;
  readonly timeoutMs?: number;
  /** Fields beyond the declared ones. */
  readonly ext?: Readonly<Record<string, string>>;
  /** Instead of the client's. */
  readonly language?: string;
}

export interface AdminTransportOptions {
  readonly remoting: Pick<RemotingClient, 'invoke' | 'closeConnection' | 'closeIfSilent'>;
  /** Name servers: `host:port`, tried in this order, or those of a client. */
  readonly nameServers: readonly string[] | NameServers;
  /** How long an answer is waited for when nothing else is said. */
  readonly timeoutMs: number;
}

export class AdminTransport {
  readonly #options: AdminTransportOptions;
  readonly #nameServers: NameServers;

  constructor(options: AdminTransportOptions) {
    const { remoting, nameServers, timeoutMs } = options;
    this.#options = options;
    this.#nameServers =
      nameServers instanceof NameServers
        ? nameServers
        : new NameServers({ remoting, addresses: nameServers, timeoutMs });
  }

  /** Those that are known. */
  get nameServers(): readonly string[] {
    return this.#nameServers.addresses;
  }

  get timeoutMs(): number {
    return this.#options.timeoutMs;
  }

  /** Sends a request to a server. @throws BrokerError when the answer is not SUCCESS; RemotingError */
  async call<Q extends HeaderSchema | undefined, A extends HeaderSchema | undefined>(
    address: string,
    command: CommandDeclaration<Q, A>,
    header: HeaderInit<Q>,
    options: CallOptions = {},
  ): Promise<RemotingResponse<Header<A>>> {
    return mustSucceed(await this.ask(address, command, header, options), command.name);
  }

  /** As `call`, but an answer of any code is an answer. @throws RemotingError */
  async ask<Q extends HeaderSchema | undefined, A extends HeaderSchema | undefined>(
    address: string,
    command: CommandDeclaration<Q, A>,
    header: HeaderInit<Q>,
    { body, timeoutMs = this.#options.timeoutMs, ext, language }: CallOptions = {},
  ): Promise<RemotingResponse<Header<A>>> {
    const { remoting } = this.#options;
    try {
      return await remoting.invoke(address, command, header as HeaderInit<Q>, {
        timeoutMs,
        ...(body === undefined ? {} : { body }),
        ...(ext === undefined ? {} : { ext: { ...ext } }),
        ...(language === undefined ? {} : { language }),
      });
    } catch (error) {
      // No heartbeat of an admin client finds out whether a link is dead.
      if (error instanceof RemotingTimeoutError) remoting.closeIfSilent(address, timeoutMs);
      throw error;
    }
  }

  /** Sends a request to the first name server that answers. @throws BrokerError; NameServerUnreachableError */
  async callNameServer<Q extends HeaderSchema | undefined, A extends HeaderSchema | undefined>(
    command: CommandDeclaration<Q, A>,
    header: HeaderInit<Q>,
  ): Promise<RemotingResponse<Header<A>>> {
    return mustSucceed(await this.#nameServers.invoke(command, header), command.name);
  }

  /** Sends a request to every name server, one after the other. @throws as `call` */
  async callEveryNameServer<Q extends HeaderSchema | undefined>(
    command: CommandDeclaration<Q, HeaderSchema | undefined>,
    header: HeaderInit<Q>,
  ): Promise<void> {
    for (const address of await this.#nameServers.mustKnow()) await this.call(address, command, header);
  }
}
