// Names that are paths, keys of prototypes, devices or no text at all, in every field and every body that names something.
import { deflateSync } from 'node:zlib';
import { encodeRequest } from '../frame.js';
import { ALL_CODES, ordinary, owedBy } from './fields.js';
import { type HostileCase, type HostileGroup, type Link, shown } from './hostile-case.js';

/** Whatever is made under such a name outside of the data has this in its own. */
const MARK = 'escaped';

const HOSTILE_NAMES: readonly string[] = [
  `../../${MARK}`,
  `../../../../../../../../tmp/${MARK}`,
  `/tmp/${MARK}`,
  `..\\..\\${MARK}`,
  `C:\\${MARK}`,
  `\\\\host\\${MARK}`,
  `file:///tmp/${MARK}`,
  `%2e%2e%2f${MARK}`,
  `%RETRY%../${MARK}`,
  `%DLQ%../../${MARK}`,
  `%LMQ%../../${MARK}`,
  `${MARK}\u0000.json`,
  `${MARK}\r\nfoo=bar`,
  `${MARK}:stream`,
  `${MARK}|../${MARK}`,
  '..',
  '.',
  '',
  ' ',
  'CON',
  'nul',
  'COM1.txt',
  '__proto__',
  'constructor',
  'toString',
  '\u202e\u202dgnp.exe',
  'ｅscaped／x',
  '\ud800',
  'é漢😀',
  'a'.repeat(128),
  'a'.repeat(4096),
];
/** They are the same for all, and tried elsewhere. */
const OF_EVERY_REQUEST = new Set(['ns', 'nsd', 'bname', 'oway', 'lo']);
/** Requests of the container. */
const CONTAINER_CODES = new Set([25, 26, 28, 902, 903]);

/** Every field of text of every request with every such name, in turns as JSON and in binary. */
export function hostileFields(): HostileGroup {
  const cases: HostileCase[] = [];
  for (const { code, link, fields } of ALL_CODES) {
    const usual = Object.fromEntries(
      fields.filter(([, , needed]) => needed).map(([name, type]) => [name, ordinary(name, type)]),
    );
    for (const [name, type] of fields) {
      if (type.toLowerCase() !== 'string' || OF_EVERY_REQUEST.has(name)) continue;
      for (const [i, value] of HOSTILE_NAMES.entries()) {
        const binary = code <= 32_767 && i % 2 === 0;
        const ext = { ...usual, [name]: value };
        const request = { code, ext, binary, ...(code === 310 || code === 10 ? { body: 'hostile' } : {}) };
        cases.push({
          name: `${code} ${name}=${shown(value)}${binary ? ' (binary)' : ''}`,
          link,
          owed: owedBy(code, ext),
          bytes: (opaque) => encodeRequest(request, opaque),
        });
      }
    }
  }
  return { cases };
}

/** Fields of the requests that a container takes. */
export function containerFields(): HostileGroup {
  return { cases: hostileFields().cases.filter(({ name }) => CONTAINER_CODES.has(Number.parseInt(name, 10))) };
}

type Body = (name: string) => string | Buffer;

const topic = (name: string) => ({ topicName: name, readQueueNums: 1, writeQueueNums: 1, perm: 6 });
const subscription = (name: string) => ({ topic: name, subString: name, tagsSet: [name], subVersion: 1 });
const consumer = (group: string, name: string) => ({
  groupName: group,
  consumeType: 'CONSUME_PASSIVELY',
  messageModel: 'CLUSTERING',
  consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
  subscriptionDataSet: [subscription(name)],
});
const version = { counter: 1, stateVersion: 0, timestamp: 1 };
const json = (of: (name: string) => unknown): Body => {
  return (name) => JSON.stringify(of(name));
};

/** Bodies that carry names, as values and as keys. */
const BODIES: readonly (readonly [code: number, link: Link, what: string, body: Body])[] = [
  [18, 'broker', 'topic', json((name) => ({ topicConfigList: [topic(name)] }))],
  [
    18,
    'broker',
    'attribute',
    json((name) => ({ topicConfigList: [{ ...topic('hostile-attribute'), attributes: { [`+${name}`]: name } }] })),
  ],
  [200, 'broker', 'group', json((name) => ({ groupName: name }))],
  [225, 'broker', 'group', json((name) => ({ groupConfigList: [{ groupName: name }] }))],
  [34, 'broker', 'client', json((name) => ({ clientID: name, producerDataSet: [{ groupName: 'hostile-p' }] }))],
  [34, 'broker', 'producer', json((name) => ({ clientID: 'c', producerDataSet: [{ groupName: name }] }))],
  [34, 'broker', 'consumer', json((name) => ({ clientID: 'c', consumerDataSet: [consumer(name, 'hostile-topic')] }))],
  [34, 'broker', 'subscribed', json((name) => ({ clientID: 'c', consumerDataSet: [consumer('hostile-g', name)] }))],
  [41, 'broker', 'lock', json((name) => lockOf(name))],
  [42, 'broker', 'unlock', json((name) => lockOf(name))],
  [46, 'broker', 'check', json((name) => ({ clientId: name, group: name, subscriptionData: subscription(name) }))],
  [
    400,
    'broker',
    'assignment',
    json((name) => ({ topic: name, consumerGroup: name, clientId: name, strategyName: name })),
  ],
  [401, 'broker', 'mode', json((name) => ({ topic: name, consumerGroup: name, mode: 'POP', popShareQueueNum: 1 }))],
  [25, 'broker', 'configuration', (name) => `${name}=${name}\nstorePathRootDir=${name}`],
  [25, 'broker', 'value', (name) => `brokerName=${name}`],
  [318, 'namesrv', 'configuration', (name) => `${name}=${name}\nconfigStorePath=${name}`],
  [318, 'namesrv', 'value', (name) => `kvConfigPath=${name}`],
  [103, 'namesrv', 'registration', json((name) => registrationOf(name))],
  [103, 'namesrv', 'compressed registration', (name) => deflateSync(streamOf(name))],
  [217, 'namesrv', 'route', json((name) => ({ queueDatas: [{ brokerName: name, readQueueNums: 1, perm: 6 }] }))],
];

function lockOf(name: string) {
  return { consumerGroup: name, clientId: name, mqSet: [{ brokerName: name, queueId: 0, topic: name }] };
}

function registrationOf(name: string) {
  const mapping = { topic: name, bname: name, totalQueues: 1, currIdMap: { 0: 0 } };
  const topicConfigSerializeWrapper = {
    dataVersion: version,
    topicConfigTable: { [name]: topic(name) },
    topicQueueMappingInfoMap: { [name]: mapping },
  };
  return { topicConfigSerializeWrapper, filterServerList: [name] };
}

function streamOf(name: string): Buffer {
  const part = (text: string): Buffer[] => [int32(Buffer.byteLength(text)), Buffer.from(text)];
  const parts = [...part(JSON.stringify(version)), int32(1), ...part(`${name} 1 1 6 SINGLE_TAG`)];
  return Buffer.concat([...parts, ...part(JSON.stringify([name])), int32(0)]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Every body with every such name. */
export function hostileBodies(): HostileGroup {
  const cases = BODIES.flatMap(([code, link, what, body]) =>
    HOSTILE_NAMES.map((value): HostileCase => {
      const compressed = what.startsWith('compressed') ? { compressed: 'true' } : {};
      const broker = { brokerName: 'hostile-b', brokerAddr: '127.0.0.1:1', clusterName: 'c', brokerId: '0' };
      const ext = { ...broker, haServerAddr: '127.0.0.1:2', topic: 'hostile-route', ...compressed };
      return {
        name: `${code} ${what} ${shown(value)}`,
        link,
        owed: 'answer',
        bytes: (opaque) => encodeRequest({ code, ext, body: body(value) }, opaque),
      };
    }),
  );
  return { cases };
}
