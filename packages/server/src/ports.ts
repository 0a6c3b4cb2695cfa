/** Node's implementations of the ports, made once per process (in a container: per thread) and handed to every role in it. */
import {
  type Clock,
  type Environment,
  type Files,
  type LogFields,
  type Logger,
  type Net,
  NodeClock,
  NodeFiles,
  NodeNet,
  NodeRandom,
  nodeEnvironment,
  type Random,
  readSystemProperties,
  Turn,
} from '@rocketmq-ts/common';
import { createLogger, parseLogLevel } from './logging.js';

/** What every role is constructed with. */
export interface ProcessPorts {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly files: Files;
  readonly net: Net;
  readonly random: Random;
  readonly turn: Turn;
  readonly logger: Logger;
}

/**
 * @param definitions `-Dname=value` words of the command line, over those of JAVA_OPT
 * @param logFields go with every line of the log
 * @throws Error when ROCKETMQ_LOG_LEVEL is no level.
 */
export function processPorts(definitions: readonly string[], logFields: LogFields = {}): ProcessPorts {
  const logger = createLogger(parseLogLevel(process.env.ROCKETMQ_LOG_LEVEL ?? 'warn')).child(logFields);
  const clock = new NodeClock();
  return {
    environment: withDefinitions(nodeEnvironment(), definitions),
    clock,
    files: new NodeFiles(),
    net: new NodeNet({ logger }),
    random: new NodeRandom(),
    turn: new Turn(clock),
    logger,
  };
}

function withDefinitions(environment: Environment, definitions: readonly string[]): Environment {
  const defined = definitions.flatMap((word) => [...readSystemProperties(word)]);
  return { ...environment, systemProperties: new Map([...environment.systemProperties, ...defined]) };
}
