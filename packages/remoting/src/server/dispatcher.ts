/** From a command to its processor: table, limits, header, and the only place that turns errors into answers. */
import { type Logger, RocketMQError } from '@rocketmq-ts/common';
import type { Connection } from '../connection/connection.js';
import { decodeHeader } from '../connection/header-codec.js';
import { codecOf } from '../protocol/codecs.js';
import type { HeaderCodec } from '../protocol/header-codec.js';
import { RemotingCommandError } from '../protocol/header-codec.js';
import { V5_3_1 } from '../protocol/mq-version.js';
import { ResponseCode } from '../protocol/response-code.js';
import type { RemotingCommand } from '../remoting-command.js';
import { type Answer, type AnswerListener, Exchange } from './exchange.js';
import { Lane } from './lane.js';
import type { Processor } from './processor.js';

/** Decides whether a request may be carried out; the answer it gives, if any, is sent instead. */
export type RequestGate = (exchange: Exchange, header: unknown) => Answer | undefined;

export interface DispatcherOptions {
  readonly logger: Logger;
  readonly processors: readonly Processor[];
  /** Capacity of each lane that a processor names. */
  readonly lanes: Readonly<Record<string, number>>;
  /** Asked in order before the processor. */
  readonly gates?: readonly RequestGate[];
  readonly onAnswer?: AnswerListener;
}

interface Entry {
  readonly name: string;
  readonly requestCodec: HeaderCodec<unknown> | undefined;
  readonly responseCodec: HeaderCodec<unknown> | undefined;
  readonly lane: Lane;
  readonly handle: (header: unknown, exchange: Exchange) => ReturnType<Processor['handle']>;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #entries = new Map<number, Entry>();
  /** Of the request before: mostly the next one has the same. */
  #lastCode = Number.NaN;
  #lastEntry: Entry | undefined;
  readonly #lanes = new Map<string, Lane>();
  readonly #unknownLane = new Lane('unknown', Number.POSITIVE_INFINITY);
  #draining = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    for (const processor of options.processors) this.#register(processor);
  }

  get lanes(): ReadonlyMap<string, Lane> {
    return this.#lanes;
  }

  /** The codes that have a processor. */
  get codes(): readonly number[] {
    return [...this.#entries.keys()];
  }

  /** From now on peers that understand it are told to go elsewhere. */
  drain(): void {
    this.#draining = true;
  }

  /** Carries a request out and sees that it is answered. */
  dispatch(connection: Connection, command: RemotingCommand): void {
    const entry = this.#entryOf(command.code);
    const lane = entry?.lane ?? this.#unknownLane;
    if (!lane.tryEnter()) {
      this.#refuse(
        connection,
        command,
        ResponseCode.SYSTEM_BUSY,
        '[OVERLOAD]system busy, start flow control for a while',
      );
      return;
    }
    const exchange = new Exchange<unknown>(
      connection,
      command,
      lane,
      entry?.responseCodec,
      connection.traffic.lastReadMs,
      this.#options.onAnswer,
    );
    if (entry === undefined) {
      exchange.answer({
        code: ResponseCode.REQUEST_CODE_NOT_SUPPORTED,
        remark: ` request type ${command.code} not supported`,
      });
    } else if (this.#draining && command.version > V5_3_1) {
      exchange.answer({ code: ResponseCode.GO_AWAY, remark: 'please go away' });
    } else this.#handle(entry, exchange);
  }

  #entryOf(code: number): Entry | undefined {
    if (code !== this.#lastCode) {
      this.#lastCode = code;
      this.#lastEntry = this.#entries.get(code);
    }
    return this.#lastEntry;
  }

  #handle(entry: Entry, exchange: Exchange): void {
    try {
      const { command, connection } = exchange;
      const header =
        entry.requestCodec === undefined ? undefined : decodeHeader(entry.requestCodec, command, connection.templates);
      const refusal = this.#askGates(exchange, header);
      if (refusal !== undefined) {
        exchange.answer(refusal);
        return;
      }
      const handled = entry.handle(header, exchange);
      if (handled instanceof Promise) this.#await(entry, exchange, handled);
      else if (handled !== undefined) exchange.answer(handled);
      if (!exchange.answered) command.dropHeader();
    } catch (error) {
      this.#fail(entry, exchange, error);
    }
  }

  #await(entry: Entry, exchange: Exchange, handled: Promise<Answer | undefined>): void {
    handled.then(
      (answer) => {
        if (answer !== undefined) exchange.answer(answer);
      },
      (error: unknown) => this.#fail(entry, exchange, error),
    );
  }

  #askGates(exchange: Exchange, header: unknown): Answer | undefined {
    const gates = this.#options.gates;
    if (gates === undefined) return undefined;
    for (const gate of gates) {
      const refusal = gate(exchange, header);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  #fail(entry: Entry, exchange: Exchange, error: unknown): void {
    const answer = answerOf(error);
    if (
      answer.code === ResponseCode.SYSTEM_ERROR &&
      !(error instanceof RocketMQError) &&
      !(error instanceof RemotingCommandError)
    ) {
      this.#options.logger.error('request failed', {
        request: entry.name,
        peer: exchange.connection.remoteAddress,
        error,
      });
    }
    if (exchange.answered) return;
    exchange.answer(answer);
  }

  #refuse(connection: Connection, command: RemotingCommand, code: number, remark: string): void {
    if (!command.isOneway) connection.respond(command, { code, remark });
    connection.release(command);
  }

  #register({ command, lane, handle }: Processor): void {
    if (this.#entries.has(command.code)) throw new Error(`two processors for ${command.name} (${command.code})`);
    const capacity = this.#options.lanes[lane];
    if (capacity === undefined) throw new Error(`lane ${lane} of ${command.name} has no capacity`);
    const known = this.#lanes.get(lane) ?? new Lane(lane, capacity);
    this.#lanes.set(lane, known);
    this.#entries.set(command.code, {
      name: command.name,
      requestCodec: command.request === undefined ? undefined : codecOf(command.request),
      responseCodec: command.response === undefined ? undefined : codecOf(command.response),
      lane: known,
      handle: handle as Entry['handle'],
    });
  }
}

/** The answer that stands for an error: its own code when it is answerable, else SYSTEM_ERROR. */
function answerOf(error: unknown): Answer {
  if (error instanceof RocketMQError) return { code: error.code, remark: error.message };
  if (error instanceof RemotingCommandError) {
    return { code: ResponseCode.SYSTEM_ERROR, remark: `RemotingCommandException: ${error.message}` };
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: ResponseCode.SYSTEM_ERROR, remark: text.slice(0, 512) };
}
