/** What clients say again and again: a heartbeat with the bytes of the last one on its connection is not decoded again. */
import { type Connection, type Exchange, HeartbeatData, type HeartbeatResponseHeader } from '@rocketmq-ts/remoting';
import { decodeBody } from '../processor/decode-body.js';
import type { ProducerLease } from './producer-manager.js';

/** Longer ones are not remembered: what is made of them takes several times their size. */
const MAX_BODY_BYTES = 1024;

export interface LastHeartbeat {
  /** Shared with later heartbeats of the same bytes: it must not be changed. */
  readonly heartbeat: HeartbeatData;
  /** The producers that it registered, when it announced nothing else. */
  lease: ProducerLease | undefined;
}

interface RememberedHeartbeat extends LastHeartbeat {
  readonly body: Buffer;
}

/** The last heartbeat of each connection, as long as it lives. */
export class LastHeartbeats {
  readonly #last = new WeakMap<Connection, RememberedHeartbeat>();

  /** The heartbeat of a request, and what became of it the last time. Throws RocketMQError when it is none. */
  decode(exchange: Exchange<HeartbeatResponseHeader>): LastHeartbeat {
    const { connection, command } = exchange;
    const { body } = command;
    const last = this.#last.get(connection);
    if (last !== undefined && body !== undefined && last.body.equals(body)) return last;
    const heartbeat = decodeBody(HeartbeatData, exchange);
    if (body === undefined || body.length > MAX_BODY_BYTES) return { heartbeat, lease: undefined };
    // A copy of its own: a view would keep what was received with it.
    const copy = Buffer.allocUnsafeSlow(body.length);
    copy.set(body);
    const remembered = { body: copy, heartbeat, lease: undefined };
    this.#last.set(connection, remembered);
    return remembered;
  }
}
