/** Requests of the admin client: to one server, or to whichever name server answers. */
import {
  type CommandDeclaration,
  type Header,
  type HeaderInit,
  type HeaderSchema,
  type RemotingClient,
  RemotingConnectError,
  type RemotingResponse,
  RemotingSendRequestError,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import { AdminResponseError } from './admin-errors.js';

export interface CallOptions {
  readonly body?: Uint8Array;
  readonly timeoutMs?: number;
  /** Fields beyond the declared ones. */
  readonly ext?: Readonly<Record<string, string>>;
}

export interface AdminTransportOptions {
  readonly remoting: Pick<RemotingClient, 'invoke'>;
  /** Name servers, `host:port`, tried in this order. */
  readonly nameServers: readonly string[];
  /** How long an answer is waited for when nothing else is said. */
  readonly timeoutMs: number;
}

export class AdminTransport {
  readonly #options: AdminTransportOptions;

  constructor(options: AdminTransportOptions) {
    this.#options = options;
  }

  get nameServers(): readonly string[] {
    return this.#options.nameServers;
  }

  get timeoutMs(): number {
    return this.#options.timeoutMs;
  }

  /** Sends a request to a server. @throws AdminResponseError when the answer is not SUCCESS; RemotingError */
  async call<Q extends HeaderSchema | undefined, A extends HeaderSchema | undefined>(
    address: string,
    command: CommandDeclaration<Q, A>,
    header: HeaderInit<Q>,
    options: CallOptions = {},
  ): Promise<RemotingResponse<Header<A>>> {
    const response = await this.ask(address, command, header, options);
    if (response.code === ResponseCode.SUCCESS) return response;
    throw new AdminResponseError(response.code, response.remark ?? 'no remark', command.name, address);
  }

  /** As `call`, but an answer of any code is an answer. @throws RemotingError */
  ask<Q extends HeaderSchema | undefined, A extends HeaderSchema | undefined>(
    address: string,
    command: CommandDeclaration<Q, A>,
    header: HeaderInit<Q>,
    { body, timeoutMs = this.#options.timeoutMs, ext }: CallOptions = {},
  ): Promise<RemotingResponse<Header<A>>> {
    return this.#options.remoting.invoke(address, command, header as HeaderInit<Q>, {
      timeoutMs,
      ...(body === undefined ? {} : { body }),
      ...(ext === undefined ? {} : { ext: { ...ext } }),
    });
  }

  /** Sends a request to the first name server that can be reached. @throws as `call` */
  async callNameServer<Q extends HeaderSchema | undefined, A extends HeaderSchema | undefined>(
    command: CommandDeclaration<Q, A>,
    header: HeaderInit<Q>,
    options: CallOptions = {},
  ): Promise<RemotingResponse<Header<A>>> {
    let unreachable: unknown;
    for (const address of this.#options.nameServers) {
      try {
        return await this.call(address, command, header, options);
      } catch (error) {
        if (!(error instanceof RemotingConnectError) && !(error instanceof RemotingSendRequestError)) throw error;
        unreachable = error;
      }
    }
    throw unreachable ?? new Error('no name server is given: use -n, NAMESRV_ADDR or -Drocketmq.namesrv.addr');
  }

  /** Sends a request to every name server, one after the other. @throws as `call` */
  async callEveryNameServer<Q extends HeaderSchema | undefined>(
    command: CommandDeclaration<Q, HeaderSchema | undefined>,
    header: HeaderInit<Q>,
    options: CallOptions = {},
  ): Promise<void> {
    if (this.#options.nameServers.length === 0) await this.callNameServer(command, header, options);
    for (const address of this.#options.nameServers) await this.call(address, command, header, options);
  }
}
