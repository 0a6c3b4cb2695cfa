// Messages that the server has more to do with than to keep them: of a delay level, for a time, and of keys of which the
// newest stays. What was acknowledged must come, or be there, after whatever happens to the server.
import { RawClient } from './raw-client.js';
import { Code, propertiesText, pullRequest, Status, sendRequest } from './requests.js';
import { readStoredMessages, type StoredMessage } from './stored-message.js';
import { became, sleep } from './wait.js';

const LATER = 'kill-later';
const KEYED = 'kill-keyed';
const KEYS = 20;
const PAUSE_MS = 10;
const DELAY_MS = 1500;
/** The level of a second, and the time asked for, with some patience for a busy machine. */
const COMES_WITHIN_MS = 60_000;

/** Settings with which compaction has something to do while the server lives. */
export const SPECIAL_SETTINGS = {
  compactionScheduleInternal: 1000,
  compactionMappedFileSize: 400_000,
  compactionCqMappedFileSize: 46_000,
  mappedFileSizeTimerLog: 5200,
};

/** What was promised, over all lives of a server. */
export class SpecialLoad {
  /** Bodies of messages that are to come. */
  readonly #later = new Set<string>();
  /** By key, the number of the newest message that was acknowledged. */
  readonly #newest = new Map<string, number>();
  #sequence = 0;
  #running: Promise<void> | undefined;
  #client: RawClient | undefined;

  get count(): number {
    return this.#later.size + this.#newest.size;
  }

  /** Makes the topics. */
  async prepare(port: number): Promise<void> {
    const client = await RawClient.open(port);
    const common = { defaultTopic: 'TBW102', readQueueNums: '1', writeQueueNums: '1', perm: '6', topicSysFlag: '0' };
    for (const [topic, attributes] of [
      [LATER, ''],
      [KEYED, '+cleanup.policy=COMPACTION'],
    ] as const) {
      const ext = { ...common, topic, attributes, topicFilterType: 'SINGLE_TAG', order: 'false' };
      const answer = await client.call({ code: Code.UPDATE_AND_CREATE_TOPIC, ext });
      if (answer.code !== Status.SUCCESS) throw new Error(`topic ${topic}: ${answer.code} ${answer.remark}`);
    }
    client.destroy();
  }

  /** Sends until the server dies. */
  async start(port: number): Promise<void> {
    this.#client = await RawClient.open(port);
    this.#running = this.#send(this.#client);
  }

  /** The server is gone. */
  async ended(): Promise<void> {
    await this.#running;
  }

  /** What of the promised is not there, after enough time; in words. */
  async problems(client: RawClient): Promise<string[]> {
    let missing: string[] = [];
    const came = async (): Promise<boolean> => {
      const bodies = new Set((await messagesOf(client, LATER)).map(({ body }) => body.toString()));
      missing = [...this.#later].filter((body) => !bodies.has(body));
      return missing.length === 0;
    };
    await became(came, COMES_WITHIN_MS, 200);
    const newest = new Map<string, number>();
    for (const { body, properties } of await messagesOf(client, KEYED))
      newest.set(properties.get('KEYS') ?? '', Number(body.toString()));
    const lost = [...this.#newest].filter(([key, number]) => (newest.get(key) ?? -1) < number);
    return [
      ...missing.slice(0, 5).map((body) => `${body} was acknowledged and has not come`),
      ...lost.slice(0, 5).map(([key, number]) => `${key} is ${newest.get(key)}, ${number} was acknowledged`),
    ];
  }

  async #send(client: RawClient): Promise<void> {
    while (!client.isClosed) {
      const number = this.#sequence++;
      this.#put(client, LATER, `delayed ${number}`, { DELAY: '1' }, (body) => this.#later.add(body));
      this.#put(client, LATER, `timed ${number}`, { TIMER_DELAY_MS: `${DELAY_MS}` }, (body) => this.#later.add(body));
      const key = `key-${number % KEYS}`;
      this.#put(client, KEYED, `${number}`, { KEYS: key }, () => this.#newest.set(key, number));
      await sleep(PAUSE_MS);
    }
  }

  #put(
    client: RawClient,
    topic: string,
    text: string,
    properties: Record<string, string>,
    acknowledged: (body: string) => void,
  ): void {
    const request = sendRequest({ topic, queueId: 0, key: text, body: Buffer.from(text) }, 1);
    client.send(
      { ...request, ext: { ...request.ext, i: propertiesText(properties) } },
      {
        answered: ({ code }) => {
          if (code === Status.SUCCESS) acknowledged(text);
        },
        failed: () => undefined, // not acknowledged: nothing was promised
      },
    );
  }
}

/** All messages of the one queue of a topic; where compaction has made gaps it is gone on behind them. */
async function messagesOf(client: RawClient, topic: string): Promise<StoredMessage[]> {
  const messages: StoredMessage[] = [];
  for (let offset = 0; ; ) {
    const answer = await client.call(pullRequest({ topic, queueId: 0 }, offset, 1000));
    if (answer.code === Status.SUCCESS) messages.push(...readStoredMessages(answer.body));
    const next = Number(answer.ext.get('nextBeginOffset') ?? offset);
    if (!(next > offset)) return messages;
    offset = next;
  }
}
