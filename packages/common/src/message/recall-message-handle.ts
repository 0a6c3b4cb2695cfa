/** The handle with which a timed message is taken back before it is due: what it says, as text and back. */

/** What a handle says. Source: RecallMessageHandle.HandleV1. */
export interface RecallMessageHandle {
  readonly topic: string;
  /** The broker that has the message. */
  readonly brokerName: string;
  /** A moment of the message's slot, ms since the epoch, as text: it comes from clients and may be anything. */
  readonly timestamp: string;
  /** The message's unique key. */
  readonly messageId: string;
}

const VERSION = 'v1';
const SEPARATOR = ' ';
const ALPHABET = /^[A-Za-z0-9_-]*={0,2}$/;
/** Far more than topic, broker name, time and id can take. */
const MAX_HANDLE_CHARS = 4096;

/** The handle as the broker hands it out: base64 with the alphabet for URLs, padded. Source: HandleV1#buildHandle. */
export function encodeRecallMessageHandle({ topic, brokerName, timestamp, messageId }: RecallMessageHandle): string {
  const text = [VERSION, topic, brokerName, timestamp, messageId].join(SEPARATOR);
  return Buffer.from(text, 'utf8').toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** What a handle says; undefined for a text that is none. Source: RecallMessageHandle#decodeHandle. */
export function decodeRecallMessageHandle(handle: string): RecallMessageHandle | undefined {
  if (handle === '' || handle.length > MAX_HANDLE_CHARS || !ALPHABET.test(handle)) return undefined;
  const [version, topic, brokerName, timestamp, messageId] = Buffer.from(handle, 'base64url')
    .toString('utf8')
    .split(SEPARATOR);
  if (version !== VERSION || topic === undefined || brokerName === undefined) return undefined;
  if (timestamp === undefined || messageId === undefined || messageId === '') return undefined;
  return { topic, brokerName, timestamp, messageId };
}
