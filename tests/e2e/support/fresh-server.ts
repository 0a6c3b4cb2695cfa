// A server of its own for each test of a file, with messages that are known, and connections that end with the test.
import { afterEach, beforeEach } from 'vitest';
import { KnownMessages } from './known-messages.js';
import { RawClient } from './raw-client.js';
import { type ServerOptions, TestServer } from './server.js';

/** The server of the test that runs now. */
export class FreshServer {
  server!: TestServer;
  known!: KnownMessages;
  readonly clients: RawClient[] = [];

  constructor(private readonly knownMessages: number) {}

  /** A connection, to the broker by default. */
  async open(port = this.server.brokerPort): Promise<RawClient> {
    const client = await RawClient.open(port);
    this.clients.push(client);
    return client;
  }

  /** So many connections to the broker, one after the other. */
  async openAll(count: number): Promise<RawClient[]> {
    const opened: RawClient[] = [];
    for (let i = 0; i < count; i++) opened.push(await RawClient.open(this.server.brokerPort));
    this.clients.push(...opened);
    return opened;
  }

  async start(options?: ServerOptions): Promise<void> {
    this.server = await TestServer.start(options);
    this.known = new KnownMessages(this.server.brokerPort);
    await this.known.send(this.knownMessages);
  }

  /** Another server, with settings of its own. */
  async restart(options: ServerOptions): Promise<void> {
    await this.dispose();
    await this.start(options);
  }

  async dispose(): Promise<void> {
    for (const client of this.clients.splice(0)) client.destroy();
    await this.server.dispose();
  }
}

/** To be called at the top of a file: starts a server with so many known messages before each test, and ends it after. */
export function freshServer({ knownMessages }: { readonly knownMessages: number }): FreshServer {
  const fresh = new FreshServer(knownMessages);
  beforeEach(() => fresh.start());
  afterEach(() => fresh.dispose());
  return fresh;
}
