/**
 * Checks of names that come from outside. Names become directories, so whatever
 * is created under a name passes here first. The remarks are the reference's.
 */
import { DLQ_TOPIC_PREFIX, RETRY_TOPIC_PREFIX } from './topic-name.js';

/** Longest topic name, in UTF-16 units. */
export const TOPIC_MAX_LENGTH = 127;
/** Longest group name: names made from it must still be topics. */
export const GROUP_MAX_LENGTH = 120;
/** Longest name of a retry or dead letter topic. */
export const RETRY_OR_DLQ_TOPIC_MAX_LENGTH = 255;

const ALLOWED = '^[%|a-zA-Z0-9_-]+$';
const ILLEGAL_CHARACTER = /[^%|a-zA-Z0-9_-]/;
/** What `Character.isWhitespace` of Java accepts. */
const BLANK = /^[\t-\r\u001c-\u0020\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]*$/;

/** True when the name holds a character that neither topics nor groups may have. Source: TopicValidator#isTopicOrGroupIllegal. */
export function isTopicOrGroupIllegal(name: string): boolean {
  return ILLEGAL_CHARACTER.test(name);
}

/** What is wrong with a topic's name, or `undefined`. Source: TopicValidator#validateTopic. */
export function validateTopic(topic: string | undefined): string | undefined {
  if (topic === undefined || BLANK.test(topic)) return 'The specified topic is blank.';
  if (isTopicOrGroupIllegal(topic)) {
    return `The specified topic: ${topic}, contains illegal characters, allowing only ${ALLOWED}`;
  }
  if (topic.startsWith(RETRY_TOPIC_PREFIX) || topic.startsWith(DLQ_TOPIC_PREFIX)) {
    if (topic.length <= RETRY_OR_DLQ_TOPIC_MAX_LENGTH) return undefined;
    return (
      `The specified topic is DLQ or Retry topic: ${topic}, ` +
      `and it's longer than topic max length: ${RETRY_OR_DLQ_TOPIC_MAX_LENGTH}`
    );
  }
  if (topic.length <= TOPIC_MAX_LENGTH) return undefined;
  return `The specified topic: ${topic}, is longer than topic max length: ${TOPIC_MAX_LENGTH}`;
}

/** What is wrong with a group's name, or `undefined`. Source: TopicValidator#validateGroup. */
export function validateGroup(group: string | undefined): string | undefined {
  if (group === undefined || BLANK.test(group)) return 'The specified group is blank.';
  if (isTopicOrGroupIllegal(group)) {
    return `The specified group: ${group}, contains illegal characters, allowing only ${ALLOWED}`;
  }
  if (group.length <= GROUP_MAX_LENGTH) return undefined;
  return `The specified group: ${group}, is longer than group max length: ${GROUP_MAX_LENGTH}`;
}

/** What a client says is wrong with a topic's name, or `undefined`. Source: Validators#checkTopic. */
export function checkClientTopic(topic: string | undefined): string | undefined {
  if (topic === undefined || BLANK.test(topic)) return 'The specified topic is blank';
  if (topic.length > TOPIC_MAX_LENGTH) {
    return `The specified topic is longer than topic max length ${TOPIC_MAX_LENGTH}.`;
  }
  if (!isTopicOrGroupIllegal(topic)) return undefined;
  return `The specified topic[${topic}] contains illegal characters, allowing only ${ALLOWED}`;
}

/** What a client says is wrong with a group's name, or `undefined`. Source: Validators#checkGroup. */
export function checkClientGroup(group: string | undefined): string | undefined {
  if (group === undefined || BLANK.test(group)) return 'the specified group is blank';
  if (group.length > GROUP_MAX_LENGTH) {
    return `the specified group[${group}] is longer than group max length: ${GROUP_MAX_LENGTH}.`;
  }
  if (!isTopicOrGroupIllegal(group)) return undefined;
  return `the specified group[${group}] contains illegal characters, allowing only ${ALLOWED}`;
}

const UNSAFE_IN_A_PATH = /[/\\\u0000-\u001f\u007f]/;
const MAX_PATH_NAME_BYTES = 255;

/**
 * True when a name can be the name of one directory or file, whatever else it
 * is: not empty, no separator, no control character, not `.` or `..`, at most
 * 255 bytes. For names that the validators above do not cover: light queues, POP retry topics, brokers.
 */
export function isSafePathName(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false;
  return !UNSAFE_IN_A_PATH.test(name) && Buffer.byteLength(name) <= MAX_PATH_NAME_BYTES;
}
