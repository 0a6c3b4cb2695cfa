/** What clients say again and again: a heartbeat with the bytes of the last one on its connection is not decoded again. */
import { type Connection, type Exchange, HeartbeatData, type HeartbeatResponseHeader } from '@rocketmq-ts/remoting';
import { decodeBody } from '../processor/decode-body.js';

/** Longer ones are not remembered: what is made of them takes several times their size. */
const MAX_BODY_BYTES = 1024;

interface LastHeartbeat {
  readonly body: Buffer;
  readonly heartbeat: HeartbeatData;
}

/** The last heartbeat of each connection, as long as it lives. */
export class LastHeartbeats {
  readonly #last = new WeakMap<Connection, LastHeartbeat>();

  /** The heartbeat of a request; what is answered is shared with later ones and must not be changed. Throws RocketMQError when it is none. */
  decode(exchange: Exchange<HeartbeatResponseHeader>): HeartbeatData {
    const { connection, command } = exchange;
    const { body } = command;
    const last = this.#last.get(connection);
    if (last !== undefined && body !== undefined && last.body.equals(body)) return last.heartbeat;
    const heartbeat = decodeBody(HeartbeatData, exchange);
    if (body !== undefined && body.length <= MAX_BODY_BYTES) {
      // A copy of its own: a view would keep what was received with it.
      const copy = Buffer.allocUnsafeSlow(body.length);
      copy.set(body);
      this.#last.set(connection, { body: copy, heartbeat });
    }
    return heartbeat;
  }
}
