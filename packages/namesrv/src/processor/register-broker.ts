/** REGISTER_BROKER: a broker announces itself and its topics. */
import { crc32, MalformedDataError } from '@rocketmq-ts/common';
import {
  type Processor,
  processor,
  REGISTER_BROKER,
  type RegisterBrokerRequestHeader,
  type RemotingCommand,
  RemotingCommandError,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import { ORDER_TOPIC_CONFIG } from '../kv/kv-config-manager.js';
import type { BrokerRegistration } from '../route/broker-registration.js';
import { decodeRegistrationBody, type RegistrationBody } from '../route/registration-body.js';
import type { RegistrationResult } from '../route/route-info-manager.js';
import type { RouteLimits } from '../route/route-limits.js';
import type { Channel } from '../route/route-tables.js';
import { Lanes, type NamesrvContext } from './context.js';

type Needs = Pick<NamesrvContext, 'routes' | 'kv' | 'config' | 'clock' | 'logger' | 'notifyMinBrokerId'>;

/** Source: DefaultRequestProcessor#registerBroker. */
export function registerBroker(needs: Needs): Processor {
  const { routes, kv, config, clock } = needs;
  return processor(REGISTER_BROKER, Lanes.DEFAULT, (header, { command, connection }) => {
    if (!isIntact(command.body, header.bodyCrc32)) {
      needs.logger.warn('registration with a wrong crc32', { peer: connection.remoteAddress });
      return { code: ResponseCode.SYSTEM_ERROR, remark: 'crc32 not match', header: {} };
    }
    const registration = registrationOf(header, decodeBody(command, header.compressed, routes.limits), connection);
    const result = routes.registerBroker(registration, {
      nowMs: clock.monotonicMs(),
      deleteMissingTopics: config.deleteTopicWithBrokerRegistration,
    });
    report(needs, registration, result);
    const { outcome } = result;
    // One topic of a broker that the name server does not know (it restarted, say): the broker has to register as a whole.
    if (outcome.kind === 'unknownBroker') {
      return { code: ResponseCode.SYSTEM_ERROR, remark: 'register broker failed', header: {} };
    }
    const body = config.returnOrderTopicConfigToBroker ? kv.list(ORDER_TOPIC_CONFIG) : undefined;
    if (outcome.kind === 'conflict') return { code: ResponseCode.SUCCESS, header: {}, body };
    const { haServerAddr, masterAddr, minBrokerIdChange } = outcome;
    if (minBrokerIdChange !== undefined && config.notifyMinBrokerIdChanged) needs.notifyMinBrokerId(minBrokerIdChange);
    return { code: ResponseCode.SUCCESS, header: { haServerAddr, masterAddr }, body };
  });
}

function isIntact(body: Buffer | undefined, expected: number): boolean {
  return expected === 0 || (body === undefined ? 0 : crc32(body)) === expected;
}

function decodeBody(
  command: RemotingCommand,
  compressed: boolean,
  { maxInflatedBytes }: RouteLimits,
): RegistrationBody {
  try {
    return decodeRegistrationBody(command.body, { version: command.version, compressed, maxInflatedBytes });
  } catch (error) {
    if (!(error instanceof MalformedDataError)) throw error;
    throw new RemotingCommandError(`Failed to decode RegisterBrokerBody, ${error.message}`, { cause: error });
  }
}

function registrationOf(
  header: RegisterBrokerRequestHeader,
  body: RegistrationBody,
  channel: Channel,
): BrokerRegistration {
  const { clusterName, brokerName, brokerAddr, brokerId, haServerAddr, zoneName, enableActingMaster } = header;
  return {
    clusterName,
    brokerName,
    brokerAddr,
    brokerId,
    haServerAddr,
    zoneName,
    heartbeatTimeoutMs: header.heartbeatTimeoutMillis,
    enableActingMaster,
    ...body,
    channel,
  };
}

function report({ logger }: Needs, registration: BrokerRegistration, result: RegistrationResult): void {
  const { outcome, refusedCount, refusedTopics } = result;
  const { clusterName, brokerName, brokerId, brokerAddr } = registration;
  const broker = { cluster: clusterName, brokerName, brokerId, brokerAddr };
  if (refusedCount > 0)
    logger.warn('topics without a valid name or queue number were left out', {
      ...broker,
      refusedCount,
      refusedTopics,
    });
  if (outcome.kind === 'unknownBroker') logger.warn('single topic of a broker that has not registered', broker);
  else if (outcome.kind === 'conflict')
    logger.warn('broker id is held by another with newer data', { ...broker, ...outcome });
  else if (outcome.isNew) logger.info('new broker registered', { ...broker, haServerAddr: registration.haServerAddr });
}
