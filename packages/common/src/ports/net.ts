import type { SecureContextOptions } from 'node:tls';

/** What the owner of a socket wants to hear. Set once, before data flows. */
export interface SocketHandler {
  /** Bytes arrived. The chunk belongs to the receiver, and views of it may be kept, unless it is lent (`ListenOptions.lendsChunks`). */
  onData(chunk: Buffer): void;
  /** All that was written has left for the operating system. */
  onDrain(): void;
  /** The socket is closed, by either side; called exactly once. */
  onClose(error: Error | undefined): void;
}

/** The ends of the connection that a load balancer passes on through one of its own, as the balancer tells them. */
export interface ProxiedEnds {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** One connection, plain or TLS. */
export interface Socket {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly encrypted: boolean;
  /** What a PROXY header said, where the listener takes them and one came. Whoever connects can say anything. */
  readonly proxied?: ProxiedEnds | undefined;
  /** Bytes written here that the operating system has not taken yet. */
  readonly pendingBytes: number;
  readonly closed: boolean;
  /** Starts the flow of data to `handler`. */
  start(handler: SocketHandler): void;
  /** Queues the bytes; the buffer must not change until `pendingBytes` is 0. Ignored when closed. */
  write(chunk: Uint8Array): void;
  /** As `write` of each, in one call of the operating system where it can. */
  writeAll(chunks: readonly Uint8Array[]): void;
  /** Stops and resumes the arrival of data (TCP then slows the peer). */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(error?: Error): void;
}

/** How a listener treats a first byte of 0x16, the start of a TLS handshake. */
export type TlsServerMode = 'disabled' | 'permissive' | 'enforcing';

export interface TlsServerOptions {
  readonly mode: TlsServerMode;
  /** Key, certificate, ciphers … of the server; asked for at each handshake, so that files can change. */
  readonly context: () => SecureContextOptions;
  readonly clientAuth: 'none' | 'optional' | 'require';
}

export interface ListenOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly tls?: TlsServerOptions;
  /** Take a header of the PROXY protocol, version 1 or 2, before all else. Default: false. */
  readonly proxyProtocol?: boolean;
  /** What arrives is valid during `onData` only: its memory is used again, which saves some for every read. Default: false. */
  readonly lendsChunks?: boolean;
}

export interface Listener {
  /** The port that is really used. */
  readonly port: number;
  readonly host: string;
  /** Stops accepting; open sockets stay. */
  close(): Promise<void>;
}

export interface TlsClientOptions {
  readonly context: SecureContextOptions;
  /** Verify the server's certificate chain (not its host name, as the reference). */
  readonly verify: boolean;
}

/** A SOCKS 5 proxy. */
export interface SocksProxy {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
}

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly tls?: TlsClientOptions;
  /** Makes the connection for us, and resolves the host's name. */
  readonly proxy?: SocksProxy;
}

/** The network. Node's implementation is `NodeNet`; the testkit has one in memory. */
export interface Net {
  /** Rejects with `code: 'EADDRINUSE'` and a message that names the port when it is taken. */
  listen(options: ListenOptions, onConnection: (socket: Socket) => void): Promise<Listener>;
  connect(options: ConnectOptions): Promise<Socket>;
}
