/** What a server answered, with its declared header decoded when asked for. */
import { decodeHeader } from '../connection/header-codec.js';
import type { HeaderCodec } from '../protocol/header-codec.js';
import type { ExtFields, RemotingCommand } from '../remoting-command.js';

/** The answer to a request, whatever its code. */
export class RemotingResponse<H = unknown> {
  readonly #codec: HeaderCodec<unknown> | undefined;

  constructor(
    /** The server that answered, `host:port`. */
    readonly address: string,
    readonly command: RemotingCommand,
    codec: HeaderCodec<unknown> | undefined,
  ) {
    this.#codec = codec;
  }

  get code(): number {
    return this.command.code;
  }

  get remark(): string | undefined {
    return this.command.remark;
  }

  get body(): Buffer | undefined {
    return this.command.body;
  }

  get ext(): ExtFields {
    return this.command.ext;
  }

  /**
   * The declared response header.
   *
   * @throws RemotingCommandError when a required field is missing or not what it should be.
   */
  header(): H {
    return (this.#codec === undefined ? undefined : decodeHeader(this.#codec, this.command)) as H;
  }
}
