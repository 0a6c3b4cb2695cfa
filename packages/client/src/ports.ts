/** What a client touches of the outside world; applications get Node's, tests pass their own. */
import {
  type Clock,
  type Files,
  type Http,
  type Logger,
  type Net,
  NodeClock,
  NodeFiles,
  NodeHttp,
  NodeNet,
  NodeRandom,
  nodeEnvironment,
  type Random,
} from '@rocketmq-ts/common';

/** Time, network, disk, randomness, and facts about the machine and the process. */
export interface ClientPorts {
  readonly clock: Clock;
  readonly net: Net;
  readonly http: Http;
  readonly files: Files;
  readonly random: Random;
  /** The address of this machine as others see it. */
  readonly localAddress: string;
  /** Offsets of broadcast consumers are kept below it. */
  readonly userHome: string;
  readonly pid: number;
  /** Shows a warning to whoever runs the process. */
  readonly warn: (text: string) => void;
}

/** The ports of the process that we run in. */
export function nodePorts(logger: Logger): ClientPorts {
  const { localAddress, userHome } = nodeEnvironment();
  return {
    clock: new NodeClock(),
    net: new NodeNet({ logger }),
    http: new NodeHttp(),
    files: new NodeFiles(),
    random: new NodeRandom(),
    localAddress,
    userHome,
    pid: process.pid,
    warn: (text) => process.emitWarning(text, 'RocketMQWarning'),
  };
}
