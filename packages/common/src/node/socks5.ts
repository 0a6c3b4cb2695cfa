/** The client's side of SOCKS 5 (RFC 1928, passwords by RFC 1929) as a pure conversation: bytes in, bytes out. */
import { parseIp } from '../message/host.js';
import type { SocksProxy } from '../ports/net.js';

const VERSION = 5;
const PASSWORD_VERSION = 1;
const METHOD_NONE = 0;
const METHOD_PASSWORD = 2;
const COMMAND_CONNECT = 1;
const TYPE_IPV4 = 1;
const TYPE_DOMAIN = 3;
const TYPE_IPV6 = 4;
/** Version, reply, reserved, address type, and the first byte of the address. */
const REPLY_HEAD_BYTES = 5;

/** What the replies of a proxy mean, by number. */
const REPLIES: readonly string[] = [
  'succeeded',
  'general failure',
  'connection not allowed by its rules',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'time to live expired',
  'command not supported',
  'address type not supported',
];

/** One request to be connected. Names are resolved by the proxy. */
export class Socks5Handshake {
  readonly #proxy: SocksProxy;
  readonly #request: Buffer;
  #stage: 'method' | 'password' | 'reply' | 'done' = 'method';
  #received = Buffer.alloc(0);

  /** @throws Error when a name, user or password is too long for the protocol */
  constructor(proxy: SocksProxy, target: { readonly host: string; readonly port: number }) {
    this.#proxy = proxy;
    this.#request = connectRequest(target);
  }

  /** What to say first. */
  greeting(): Buffer {
    const methods = this.#proxy.username === undefined ? [METHOD_NONE] : [METHOD_NONE, METHOD_PASSWORD];
    return Buffer.from([VERSION, methods.length, ...methods]);
  }

  /**
   * Takes what the proxy said; gives what to say next, and once the connection
   * stands what came behind the proxy's last word.
   *
   * @throws Error when the proxy refuses, or is none
   */
  take(chunk: Buffer): { readonly say?: Buffer; readonly rest?: Buffer } {
    this.#received = Buffer.concat([this.#received, chunk]);
    if (this.#stage === 'method') return this.#takeMethod();
    if (this.#stage === 'password') return this.#takeVerdict();
    return this.#takeReply();
  }

  #takeMethod(): { say?: Buffer } {
    const answer = this.#cut(2);
    if (answer === undefined) return {};
    if (answer[0] !== VERSION) throw new Error(`the proxy does not speak SOCKS 5 (it began with ${answer[0]})`);
    const { username, password = '' } = this.#proxy;
    if (answer[1] === METHOD_PASSWORD && username !== undefined) {
      this.#stage = 'password';
      return {
        say: Buffer.concat([Buffer.from([PASSWORD_VERSION]), sized('user', username), sized('password', password)]),
      };
    }
    if (answer[1] !== METHOD_NONE) throw new Error('the proxy wants another kind of authentication');
    this.#stage = 'reply';
    return { say: this.#request };
  }

  #takeVerdict(): { say?: Buffer } {
    const answer = this.#cut(2);
    if (answer === undefined) return {};
    if (answer[1] !== 0) throw new Error(`the proxy refuses user '${this.#proxy.username}'`);
    this.#stage = 'reply';
    return { say: this.#request };
  }

  #takeReply(): { rest?: Buffer } {
    if (this.#received.length < REPLY_HEAD_BYTES) return {};
    const [version, reply = 1, , type, first = 0] = this.#received;
    if (version !== VERSION) throw new Error(`the proxy does not speak SOCKS 5 (it went on with ${version})`);
    if (reply !== 0) throw new Error(`the proxy could not connect: ${REPLIES[reply] ?? `reply ${reply}`}`);
    const addressBytes = type === TYPE_DOMAIN ? first + 1 : type === TYPE_IPV6 ? 16 : 4;
    if (this.#cut(REPLY_HEAD_BYTES - 1 + addressBytes + 2) === undefined) return {};
    this.#stage = 'done';
    return { rest: this.#received };
  }

  /** The next so many bytes, once they are there. */
  #cut(length: number): Buffer | undefined {
    if (this.#received.length < length) return undefined;
    const cut = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return cut;
  }
}

function connectRequest({ host, port }: { readonly host: string; readonly port: number }): Buffer {
  const ip = parseIp(host);
  const address =
    ip === undefined
      ? Buffer.concat([Buffer.from([TYPE_DOMAIN]), sized('host', host)])
      : Buffer.from([ip.length === 4 ? TYPE_IPV4 : TYPE_IPV6, ...ip]);
  return Buffer.concat([Buffer.from([VERSION, COMMAND_CONNECT, 0]), address, Buffer.from([port >>> 8, port & 0xff])]);
}

function sized(what: string, text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 255) throw new Error(`SOCKS 5: a ${what} of ${bytes.length} bytes is longer than 255`);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}
