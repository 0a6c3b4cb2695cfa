/** Namespaces of the first kind: `NS%name` in front of topics and groups, behind the prefix of retry and dead letter topics. */
import {
  DLQ_TOPIC_PREFIX,
  isDlqTopic,
  isRetryTopic,
  isSystemGroup,
  isSystemTopic,
  RETRY_TOPIC_PREFIX,
} from './topic-name.js';

/** Between a namespace and a name. */
export const NAMESPACE_SEPARATOR = '%';

/** The name in a namespace; system names and names that are in it already stay. Source: NamespaceUtil#wrapNamespace. */
export function wrapNamespace(namespace: string | undefined, name: string): string {
  if (!namespace || name === '' || isSystemName(name) || isInNamespace(name, namespace)) return name;
  return prefixOf(name) + namespace + NAMESPACE_SEPARATOR + withoutRetryAndDlq(name);
}

/** Retry topic of a group in a namespace. Source: NamespaceUtil#wrapNamespaceAndRetry. */
export function wrapNamespaceAndRetry(namespace: string | undefined, group: string): string {
  return RETRY_TOPIC_PREFIX + wrapNamespace(namespace, group);
}

/** The name without its namespace; with `namespace`, only when it is that one. Source: NamespaceUtil#withoutNamespace. */
export function withoutNamespace(name: string, namespace?: string): string {
  if (name === '' || isSystemName(name)) return name;
  const bare = withoutRetryAndDlq(name);
  if (namespace !== undefined && (namespace === '' || !bare.startsWith(namespace + NAMESPACE_SEPARATOR))) return name;
  const separator = bare.indexOf(NAMESPACE_SEPARATOR);
  return separator > 0 ? prefixOf(name) + bare.substring(separator + 1) : name;
}

/** The namespace of a name; empty without one. Source: NamespaceUtil#getNamespaceFromResource. */
export function namespaceOf(name: string): string {
  if (isSystemName(name)) return '';
  const bare = withoutRetryAndDlq(name);
  const separator = bare.indexOf(NAMESPACE_SEPARATOR);
  return separator > 0 ? bare.substring(0, separator) : '';
}

/** Source: NamespaceUtil#isAlreadyWithNamespace. */
export function isInNamespace(name: string, namespace: string): boolean {
  if (namespace === '' || name === '' || isSystemName(name)) return false;
  return withoutRetryAndDlq(name).startsWith(namespace + NAMESPACE_SEPARATOR);
}

/** The name without the prefix of retry or dead letter topics. Source: NamespaceUtil#withOutRetryAndDLQ. */
export function withoutRetryAndDlq(name: string): string {
  return name.substring(prefixOf(name).length);
}

function prefixOf(name: string): string {
  if (isRetryTopic(name)) return RETRY_TOPIC_PREFIX;
  return isDlqTopic(name) ? DLQ_TOPIC_PREFIX : '';
}

function isSystemName(name: string): boolean {
  return isSystemTopic(name) || isSystemGroup(name);
}
