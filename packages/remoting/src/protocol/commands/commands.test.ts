import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { codecOf } from '../codecs.js';
import { RemotingCommandError } from '../header-codec.js';
import type { Field, HeaderSchema } from '../header-schema.js';
import { LanguageCode } from '../language-code.js';
import { CURRENT_VERSION, V3_0_11, V3_1_8, V3_4_9, V4_9_4, V5_3_1, versionName, versionOf } from '../mq-version.js';
import { RESPONSE_CODES } from '../response-code.js';
import { COMMANDS, commandNamed, commandOf, HEADERS, nameOfCode } from './index.js';

function testdata(name: string): string {
  return readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8');
}

interface ReferenceCodes {
  request: Record<string, string>;
  response: Record<string, string>;
  languages: Record<string, string>;
  versions: Record<string, string>;
  currentVersion: number;
}

const reference = JSON.parse(testdata('codes.json')) as ReferenceCodes;

/** Entries of the controller's raft log, which RequestCode holds as numbers of another type than those the fixture lists. */
const RAFT_ENTRIES = {
  1014: 'BROKER_CLOSE_CHANNEL_REQUEST',
  1015: 'CHECK_NOT_ACTIVE_BROKER_REQUEST',
  1016: 'GET_BROKER_LIVE_INFO_REQUEST',
  1017: 'GET_SYNC_STATE_DATA_REQUEST',
  1018: 'RAFT_BROKER_HEART_BEAT_EVENT_REQUEST',
};

describe('the tables of numbers', () => {
  test('hold exactly the request codes of the reference', () => {
    const declared = Object.fromEntries(COMMANDS.map(({ code, name }) => [code, name]));
    expect(declared).toEqual({ ...reference.request, ...RAFT_ENTRIES });
    expect(COMMANDS).toHaveLength(169);
    expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length);
  });

  test('hold exactly the response codes of the reference', () => {
    expect(Object.fromEntries(Object.entries(RESPONSE_CODES).map(([name, { code }]) => [code, name]))).toEqual(
      reference.response,
    );
  });

  test('hold exactly the languages of the reference', () => {
    expect(Object.fromEntries(Object.entries(LanguageCode).map(([name, code]) => [code, name]))).toEqual(
      reference.languages,
    );
  });

  test('hold exactly the versions of the reference', () => {
    for (const [version, name] of Object.entries(reference.versions)) {
      expect(versionName(Number(version))).toBe(name);
      expect(versionOf(name)).toBe(Number(version));
    }
    expect(versionName(100000)).toBe('HIGHER_VERSION');
    expect(CURRENT_VERSION).toBe(reference.currentVersion);
    const named = { V3_0_11, V3_1_8, V3_4_9, V4_9_4, V5_3_1 };
    for (const [name, version] of Object.entries(named)) expect(versionName(version)).toBe(name);
  });

  test('are found by code and by name', () => {
    expect(commandOf(310)).toBe(commandNamed('SEND_MESSAGE_V2'));
    expect(commandOf(-1)).toBeUndefined();
    expect(nameOfCode(34)).toBe('HEART_BEAT');
    expect(nameOfCode(7777)).toBe('7777');
  });

  test('have a sentence for every command', () => {
    for (const { name, doc } of COMMANDS) expect(doc, name).toMatch(/^[A-Z].+\.$/);
  });
});

const KINDS: Readonly<Record<string, string>> = {
  String: 'string',
  Integer: 'int',
  int: 'int',
  Long: 'long',
  long: 'long',
  Boolean: 'boolean',
  boolean: 'boolean',
  BoundaryType: 'string',
};
const PRIMITIVES = new Set(['int', 'long', 'boolean']);

/**
 * Fields that the reference annotates as not null but does not insist on: it
 * logs, goes on with null, and answers as its recorded answers show. For the
 * sequence and total numbers that is what keeps clients and brokers before 5.4 working.
 */
const NOT_INSISTED_ON = new Set([
  'GetKVConfigRequestHeader.namespace',
  'GetKVConfigRequestHeader.key',
  'DeleteKVConfigRequestHeader.namespace',
  'DeleteKVConfigRequestHeader.key',
  'UnRegisterBrokerRequestHeader.brokerName',
  'UnRegisterBrokerRequestHeader.brokerAddr',
  'UnRegisterBrokerRequestHeader.clusterName',
  'UnRegisterBrokerRequestHeader.brokerId',
  'WipeWritePermOfBrokerRequestHeader.brokerName',
  'AddWritePermOfBrokerRequestHeader.brokerName',
  'DeleteTopicFromNamesrvRequestHeader.topic',
  'RegisterTopicRequestHeader.topic',
  'GetKVListByNamespaceRequestHeader.namespace',
  'GetTopicsByClusterRequestHeader.cluster',
  'GetBrokerMemberGroupRequestHeader.clusterName',
  'GetBrokerMemberGroupRequestHeader.brokerName',
  'GetAllTopicConfigRequestHeader.topicSeq',
  'GetAllSubscriptionGroupRequestHeader.groupSeq',
  'GetAllSubscriptionGroupResponseHeader.totalGroupNum',
  'DeleteTopicRequestHeader.topic',
  'CheckRocksdbCqWriteProgressRequestHeader.topic',
]);

/** Fields that the reference reads or writes beside its header classes. */
const BESIDE_THE_CLASS = new Set([
  'SendMessageResponseHeader.MSG_REGION',
  'SendMessageResponseHeader.TRACE_ON',
  'RecallMessageResponseHeader.MSG_REGION',
  'QueryMessageRequestHeader._UNIQUE_KEY_QUERY',
  'GetRouteInfoRequestHeader.__ZONE_MODE',
  'GetRouteInfoRequestHeader.__ZONE_NAME',
  'RegisterBrokerRequestHeader.__ZONE_NAME',
]);

/** Headers without a class that the reference keeps in `remoting` (the first three have none at all). */
const WITHOUT_CLASS = new Set([
  'HeartbeatResponseHeader',
  'SwitchTimerEngineRequestHeader',
  'SetCommitLogReadModeRequestHeader',
  'RpcRequestHeader',
  'TopicRequestHeader',
  'TopicQueueRequestHeader',
  'BrokerCloseChannelRequest',
  'CheckNotActiveBrokerRequest',
  'GetBrokerLiveInfoRequest',
  'GetSyncStateDataRequest',
  'RaftBrokerHeartBeatEventRequest',
]);

type ReferenceField = [name: string, type: string, notNull: boolean];
const referenceHeaders = JSON.parse(testdata('headers.json')) as Record<string, ReferenceField[]>;

function byWireName(schema: HeaderSchema): Map<string, Field> {
  return new Map(Object.entries(schema.fields).map(([name, field]) => [field.wire ?? name, field]));
}

describe('the headers', () => {
  test('are those of the reference', () => {
    const declared = HEADERS.map(({ name }) => name).filter((name) => !WITHOUT_CLASS.has(name));
    expect(declared.sort()).toEqual(Object.keys(referenceHeaders).sort());
  });

  test.each(Object.entries(referenceHeaders))('%s has the fields of the reference, in its order', (name, expected) => {
    const fields = byWireName(HEADERS.find((header) => header.name === name)!);
    for (const wire of fields.keys()) if (BESIDE_THE_CLASS.has(`${name}.${wire}`)) fields.delete(wire);
    expect([...fields.keys()]).toEqual(expected.map(([wire]) => wire));
    for (const [wire, type, notNull] of expected) {
      const field = fields.get(wire)!;
      expect(field.kind === 'ascii' || field.kind === 'text' ? 'string' : field.kind, wire).toBe(KINDS[type]);
      if (NOT_INSISTED_ON.has(`${name}.${wire}`)) expect(field.presence, wire).toBe('optional');
      else if (notNull) expect(field.presence, wire).toMatch(PRIMITIVES.has(type) ? /defaulted/ : /required|defaulted/);
      else expect(field.presence, wire).not.toBe('required');
    }
  });
});

interface SeenHeader {
  code: number;
  direction: 'request' | 'response';
  responseCode: number | null;
  scenario: string;
  ext: Record<string, string>;
}

const seen = testdata('headers-seen.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as SeenHeader);

/** Requests that the recording made by hand, with fields missing on purpose. */
function isCrippled({ scenario }: SeenHeader): boolean {
  return scenario.startsWith('raw');
}

describe('recorded headers of the reference', () => {
  test('decode, and encode back to the same fields', () => {
    let decoded = 0;
    for (const header of seen) {
      const command = commandOf(header.code);
      const schema = header.direction === 'request' ? command?.request : command?.response;
      if (schema === undefined) continue;
      // An answer that reports an error may lack what only success has.
      const mayLack = (header.responseCode ?? 0) !== 0 || isCrippled(header);
      try {
        const codec = codecOf(schema);
        const ext = codec.toExt(codec.decode(header.ext) as never);
        const names = byWireName(schema);
        for (const [wire, value] of Object.entries(header.ext)) {
          const field = names.get(wire);
          if (field !== undefined && value !== '9223372036854775807')
            expect(ext[wire], `${schema.name}.${wire}`).toBe(value);
        }
        decoded++;
      } catch (error) {
        if (!mayLack || !(error instanceof RemotingCommandError)) throw error;
      }
    }
    expect(decoded).toBeGreaterThan(200);
  });

  test('hold no field that nobody declared', () => {
    const anywhere = new Set(['AccessKey', 'Signature', 'SecurityToken', 'ReqT']);
    const strangers = new Set<string>();
    for (const { code, direction, ext } of seen) {
      const command = commandOf(code);
      if (command === undefined) continue;
      const schema = direction === 'request' ? command.request : command.response;
      const names = schema === undefined ? new Map<string, Field>() : byWireName(schema);
      for (const wire of Object.keys(ext)) {
        if (!names.has(wire) && !anywhere.has(wire)) strangers.add(`${command.name} ${direction} ${wire}`);
      }
    }
    expect([...strangers]).toEqual([]);
  });
});
