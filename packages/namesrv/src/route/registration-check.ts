/** What a registration must look like before it may touch the tables: names, addresses, numbers, counts. */
import { RocketMQError } from '@rocketmq-ts/common';
import { type QueueData, ResponseCode, type TopicQueueMappingInfo } from '@rocketmq-ts/remoting';
import type { BrokerRegistration, RegisteredTopic } from './broker-registration.js';
import type { RouteLimits } from './route-limits.js';
import { isValidAddress, isValidBrokerName, isValidRouteTopic } from './route-names.js';
import type { RouteTables } from './route-tables.js';

const MAX_PERM = 0xf;
const MAX_SHOWN = 3;

/** A registration without the topics that no client could use, and those topics' names for the log. */
export interface CheckedRegistration {
  readonly registration: BrokerRegistration;
  /** The first few refused names, shortened. */
  readonly refusedTopics: readonly string[];
  readonly refusedCount: number;
}

/**
 * One bad topic does not keep a broker out; a bad name or address of the broker does.
 * @throws RocketMQError with SYSTEM_ERROR that names the field
 */
export function checkRegistration(registration: BrokerRegistration, limits: RouteLimits): CheckedRegistration {
  checkBroker(registration);
  checkCounts(registration, limits);
  const refused: string[] = [];
  const topics = registration.topics.filter((topic) => {
    const isUsable = isValidRouteTopic(topic.topicName, registration) && hasValidNumbers(topic, limits);
    if (!isUsable) refused.push(topic.topicName);
    return isUsable;
  });
  const mappings = registration.mappings.filter((mapping) => isUsableMapping(mapping, registration, limits));
  return {
    registration: refused.length === 0 ? { ...registration, mappings } : { ...registration, topics, mappings },
    refusedTopics: refused.slice(0, MAX_SHOWN).map((name) => name.slice(0, 64)),
    refusedCount: refused.length,
  };
}

/** Topics entered by hand pass the same checks. */
export function isValidQueueData(data: QueueData, limits: RouteLimits): boolean {
  return isValidBrokerName(data.brokerName) && hasValidNumbers(data, limits);
}

/** @throws RocketMQError with SYSTEM_ERROR when the tables would grow beyond their limits */
export function checkCapacity(tables: RouteTables, registration: BrokerRegistration, limits: RouteLimits): void {
  const { clusterName, brokerAddr, topics } = registration;
  if (tables.liveBrokerCount >= limits.maxBrokers && tables.live(clusterName, brokerAddr) === undefined) {
    throw refusal(`${limits.maxBrokers} brokers are registered already`);
  }
  if (tables.topics.size + topics.length <= limits.maxTopics) return;
  const added = topics.filter((topic) => !tables.topics.has(topic.topicName)).length;
  if (tables.topics.size + added > limits.maxTopics) throw refusal(`more than ${limits.maxTopics} topics`);
}

function checkBroker(registration: BrokerRegistration): void {
  const { brokerName, clusterName, zoneName, brokerAddr, haServerAddr, filterServers } = registration;
  for (const [field, value] of Object.entries({ brokerName, clusterName, zoneName })) {
    if (value !== undefined && value !== '' && !isValidBrokerName(value)) throw invalid(field, value);
  }
  if (brokerName === '') throw invalid('brokerName', brokerName);
  if (clusterName === '') throw invalid('clusterName', clusterName);
  if (!isValidAddress(brokerAddr)) throw invalid('brokerAddr', brokerAddr);
  if (haServerAddr !== '' && !isValidAddress(haServerAddr)) throw invalid('haServerAddr', haServerAddr);
  const badServer = filterServers?.find((server) => !isValidAddress(server));
  if (badServer !== undefined) throw invalid('filterServerList', badServer);
}

function checkCounts({ topics, mappings, filterServers = [] }: BrokerRegistration, limits: RouteLimits): void {
  if (topics.length > limits.maxTopicsPerRegistration) throw refusal(`${topics.length} topics at once`);
  if (mappings.length > limits.maxMappingsPerRegistration) throw refusal(`${mappings.length} mappings at once`);
  if (filterServers.length > limits.maxFilterServersPerBroker) throw refusal(`${filterServers.length} filter servers`);
}

function hasValidNumbers(topic: RegisteredTopic | QueueData, limits: RouteLimits): boolean {
  const { readQueueNums, writeQueueNums, perm } = topic;
  return (
    isWithin(readQueueNums, limits.maxQueueNums) &&
    isWithin(writeQueueNums, limits.maxQueueNums) &&
    isWithin(perm, MAX_PERM)
  );
}

function isUsableMapping(
  { topic, bname, currIdMap }: TopicQueueMappingInfo,
  registration: BrokerRegistration,
  limits: RouteLimits,
): boolean {
  if (topic === undefined || bname === undefined || currIdMap.size > limits.maxMappedQueues) return false;
  return isValidRouteTopic(topic, registration) && isValidBrokerName(bname);
}

function isWithin(value: number, max: number): boolean {
  return value >= 0 && value <= max;
}

function invalid(field: string, value: string): RocketMQError {
  return refusal(`${field} ${JSON.stringify(value.slice(0, 64))} is not valid`);
}

function refusal(reason: string): RocketMQError {
  return new RocketMQError(ResponseCode.SYSTEM_ERROR, `register broker failed: ${reason}`);
}
