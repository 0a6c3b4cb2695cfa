/**
 * Checks of names and addresses that brokers announce. They are not paths here,
 * but they travel on to clients, consoles and logs.
 */
import { isTopicOrGroupIllegal, RETRY_OR_DLQ_TOPIC_MAX_LENGTH } from '@rocketmq-ts/common';

const MAX_NAME_LENGTH = 255;
const CONTROL_OR_SPACE = /[\s\u0000-\u001f\u007f-\u009f]/;
const ADDRESS = /^[A-Za-z0-9_.:%[\]-]{1,255}$/;

/** True for the name of a broker, cluster or zone: printable, without spaces, not too long. */
export function isValidBrokerName(name: string): boolean {
  return name.length > 0 && name.length <= MAX_NAME_LENGTH && !CONTROL_OR_SPACE.test(name);
}

/** True for what can stand in an address: host names, IPv4, IPv6 in brackets, a port. */
export function isValidAddress(address: string): boolean {
  return ADDRESS.test(address);
}

/**
 * True for the name of a topic that a broker may host. Brokers make topics out of
 * their own and their cluster's name, which may hold characters that topics may
 * not (a host name's dots); those parts are not looked at.
 */
export function isValidRouteTopic(
  topic: string,
  owner?: { readonly brokerName: string; readonly clusterName: string },
): boolean {
  if (topic.length === 0 || topic.length > RETRY_OR_DLQ_TOPIC_MAX_LENGTH) return false;
  if (!isTopicOrGroupIllegal(topic)) return true;
  if (owner === undefined) return false;
  const rest = topic.replaceAll(owner.brokerName, '').replaceAll(owner.clusterName, '');
  return !isTopicOrGroupIllegal(rest);
}
