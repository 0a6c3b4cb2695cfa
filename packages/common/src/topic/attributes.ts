/** Attributes of topics and subscription groups: which there are, what values they take, and how a change of them is written and applied. */
import { MalformedDataError } from '../errors.js';

interface AttributeBase {
  readonly name: string;
  /** False: can be given when the topic or group is created only. */
  readonly changeable: boolean;
}

/** An attribute and the values it takes. Source: Attribute and its subclasses. */
export type Attribute =
  | (AttributeBase & { readonly kind: 'enum'; readonly values: readonly string[]; readonly defaultValue: string })
  | (AttributeBase & {
      readonly kind: 'long';
      readonly min: bigint;
      readonly max: bigint;
      readonly defaultValue: number;
    })
  | (AttributeBase & { readonly kind: 'boolean'; readonly defaultValue: boolean })
  | (AttributeBase & { readonly kind: 'string' });

const LONG_MAX = 9_223_372_036_854_775_807n;

function byName(attributes: readonly Attribute[]): ReadonlyMap<string, Attribute> {
  return new Map(attributes.map((attribute) => [attribute.name, attribute]));
}

/** Attributes of topics by name. Values of enums stand in the order in which the reference prints them. Source: TopicAttributes. */
export const TOPIC_ATTRIBUTES: ReadonlyMap<string, Attribute> = byName([
  { kind: 'enum', name: 'queue.type', changeable: false, values: ['SimpleCQ', 'BatchCQ'], defaultValue: 'SimpleCQ' },
  { kind: 'enum', name: 'cleanup.policy', changeable: false, values: ['DELETE', 'COMPACTION'], defaultValue: 'DELETE' },
  {
    kind: 'enum',
    name: 'message.type',
    changeable: true,
    values: ['UNSPECIFIED', 'MIXED', 'TRANSACTION', 'PRIORITY', 'FIFO', 'DELAY', 'LITE', 'NORMAL'],
    defaultValue: 'NORMAL',
  },
  { kind: 'long', name: 'reserve.time', changeable: true, min: -1n, max: LONG_MAX, defaultValue: -1 },
  // Minutes; up to 30 days.
  { kind: 'long', name: 'lite.topic.expiration', changeable: true, min: -1n, max: 43_200n, defaultValue: -1 },
]);

/** Attributes of subscription groups by name. Source: SubscriptionGroupAttributes. */
export const GROUP_ATTRIBUTES: ReadonlyMap<string, Attribute> = byName([
  { kind: 'long', name: 'priority.factor', changeable: true, min: 0n, max: 100n, defaultValue: 100 },
  { kind: 'string', name: 'lite.bind.topic', changeable: true },
  { kind: 'enum', name: 'lite.sub.model', changeable: true, values: ['Shared', 'Exclusive'], defaultValue: 'Shared' },
  { kind: 'boolean', name: 'lite.sub.reset.offset.exclusive', changeable: true, defaultValue: false },
  { kind: 'boolean', name: 'lite.sub.reset.offset.unsubscribe', changeable: true, defaultValue: false },
  { kind: 'long', name: 'lite.sub.client.quota', changeable: true, min: -1n, max: LONG_MAX, defaultValue: 2000 },
  { kind: 'long', name: 'lite.sub.client.max.event.cnt', changeable: true, min: 10n, max: LONG_MAX, defaultValue: 400 },
  { kind: 'string', name: 'lite.sub.wildcard', changeable: true },
]);

/** What is wrong with a value of an attribute, or `undefined`. Source: Attribute#verify. */
export function checkAttribute(attribute: Attribute, value: string): string | undefined {
  switch (attribute.kind) {
    case 'enum':
      return attribute.values.includes(value) ? undefined : `value is not in set: [${attribute.values.join(', ')}]`;
    case 'long': {
      const number = /^[+-]?\d{1,19}$/.test(value) ? BigInt(value.replace(/^\+/, '')) : undefined;
      if (number === undefined || number > LONG_MAX) return `For input string: "${value}"`;
      const inRange = number >= attribute.min && number <= attribute.max;
      return inRange ? undefined : `value is not in range(${attribute.min}, ${attribute.max})`;
    }
    case 'boolean':
      return /^(true|false)$/i.test(value) ? undefined : 'boolean attribute format is wrong.';
    case 'string':
      return undefined;
  }
}

/** A change of more attributes than this is refused. */
const MAX_ATTRIBUTES = 1024;

/**
 * Reads a change: `+key=value` adds or alters, `-key` deletes, separated by
 * commas. Keys keep their sign. Throws `MalformedDataError`. Source: AttributeParser#parseToMap.
 */
export function parseAttributes(text: string | undefined): Map<string, string> {
  const attributes = new Map<string, string>();
  if (!text) return attributes;
  const parts = text.replace(/,+$/, '').split(',', MAX_ATTRIBUTES + 1);
  if (parts.length > MAX_ATTRIBUTES) throw new MalformedDataError(`more than ${MAX_ATTRIBUTES} attributes`);
  for (const part of parts) {
    const [key = '', value = ''] = part.split('=');
    if (part.includes('=') && (!key.includes('+') || value === '')) {
      throw new MalformedDataError(`add/alter attribute format is wrong: ${key}`);
    }
    if (!part.includes('=') && !key.includes('-')) {
      throw new MalformedDataError(`delete attribute format is wrong: ${key}`);
    }
    if (attributes.has(key)) throw new MalformedDataError(`key duplication: ${key}`);
    attributes.set(key, value);
  }
  return attributes;
}

/** The text of a change; the inverse of `parseAttributes`. Source: AttributeParser#parseToString. */
export function formatAttributes(attributes: ReadonlyMap<string, string>): string {
  return Array.from(attributes, ([key, value]) => (value === '' ? key : `${key}=${value}`)).join(',');
}

/** A change of attributes and what it is applied to. */
export interface AttributeChange {
  /** True when the topic or group is being made: attributes can then be added only, unchangeable ones too. */
  readonly create: boolean;
  /** The attributes that exist. */
  readonly all: ReadonlyMap<string, Attribute>;
  readonly current: ReadonlyMap<string, string>;
  /** From `parseAttributes`. */
  readonly change: ReadonlyMap<string, string>;
}

/** The attributes after a change; throws `MalformedDataError` with the reference's words. Source: AttributeUtil#alterCurrentAttributes. */
export function alterAttributes({ create, all, current, change }: AttributeChange): Map<string, string> {
  const altered = new Map(current);
  const seen = new Set<string>();
  const steps = Array.from(change, ([signedKey, value]) => checkStep(signedKey, value, { create, current, seen }));
  for (const { key, value, isDelete } of steps) {
    const attribute = all.get(key);
    if (attribute === undefined) throw new MalformedDataError(`unsupported key: ${key}`);
    if (!create && !attribute.changeable) {
      throw new MalformedDataError(`attempt to update an unchangeable attribute. key: ${key}`);
    }
    const problem = isDelete ? undefined : checkAttribute(attribute, value);
    if (problem !== undefined) throw new MalformedDataError(problem);
    if (isDelete) altered.delete(key);
    else altered.set(key, value);
  }
  return altered;
}

interface AttributeStep {
  readonly key: string;
  readonly value: string;
  readonly isDelete: boolean;
}

function checkStep(
  signedKey: string,
  value: string,
  context: { readonly create: boolean; readonly current: ReadonlyMap<string, string>; readonly seen: Set<string> },
): AttributeStep {
  const key = signedKey.substring(1);
  if (key === '' || key.includes('+') || key.includes('-')) throw new MalformedDataError('kv string format wrong.');
  if (context.seen.has(key)) throw new MalformedDataError(`alter duplication key. key: ${key}`);
  context.seen.add(key);
  if (signedKey.startsWith('+')) return { key, value, isDelete: false };
  if (context.create) {
    throw new MalformedDataError(`only add attribute is supported while creating topic. key: ${key}`);
  }
  if (!signedKey.startsWith('-')) throw new MalformedDataError(`wrong format key: ${key}`);
  if (!context.current.has(key)) throw new MalformedDataError(`attempt to delete a nonexistent key: ${key}`);
  return { key, value, isDelete: true };
}
