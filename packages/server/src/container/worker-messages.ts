/** What a container and the threads of its brokers say to each other, and the two ends of that conversation. */
import type { InnerBrokerLoad, InnerBrokerPlan, InnerBrokerStarted } from '@rocketmq-ts/broker';

/** What a thread is started with. */
export interface BrokerWorkerData {
  readonly plan: InnerBrokerPlan;
  /** `-Dname=value` words of the command line. */
  readonly definitions: readonly string[];
}

/** The commands of a container with what they are answered with. */
export interface BrokerCommands {
  start: InnerBrokerStarted;
  stop: undefined;
  load: InnerBrokerLoad;
}

/** The name of a command. */
export type BrokerCommandName = keyof BrokerCommands;

/** From the container to a thread. */
export interface BrokerRequest {
  readonly id: number;
  readonly command: BrokerCommandName;
}

/** From a thread to the container: a result, or why there is none. */
export type BrokerReply =
  | { readonly id: number; readonly result: BrokerCommands[BrokerCommandName] }
  | { readonly id: number; readonly error: string };

/** How a thread carries out each command. */
export type BrokerCommandHandlers = { readonly [C in BrokerCommandName]: () => Promise<BrokerCommands[C]> };

/** One end of a conversation between threads. */
export interface Channel {
  postMessage(message: BrokerRequest | BrokerReply): void;
  // biome-ignore lint/suspicious/noExplicitAny: what arrives is what the other end sent, a request or a reply
  on(event: 'message', listener: (message: any) => void): unknown;
}

/** The thread's end: carries out what it is asked; an error becomes its text. */
export function serveBrokerCommands(port: Channel, handlers: BrokerCommandHandlers): void {
  port.on('message', ({ id, command }: BrokerRequest) => {
    handlers[command]().then(
      (result) => port.postMessage({ id, result } satisfies BrokerReply),
      (error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        port.postMessage({ id, error: text } satisfies BrokerReply);
      },
    );
  });
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** The container's end: one promise for each command. */
export class BrokerCommandClient {
  readonly #port: Channel;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #closed: Error | undefined;

  constructor(port: Channel) {
    this.#port = port;
    port.on('message', (reply: BrokerReply) => this.#settle(reply));
  }

  /** Throws the error of the other end, or why it is no more. */
  ask<C extends BrokerCommandName>(command: C): Promise<BrokerCommands[C]> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage({ id, command } satisfies BrokerRequest);
    });
  }

  /** The other end is no more: nothing will be answered. */
  close(reason: string): void {
    this.#closed = new Error(reason);
    for (const { reject } of this.#waiting.values()) reject(this.#closed);
    this.#waiting.clear();
  }

  #settle(reply: BrokerReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.result as never);
  }
}
