/** The parameters of the name server, with the reference's names and defaults. Those of its sockets are declared in `remoting`. */

import { type ConfigOf, defineConfig, parameter as p } from '@rocketmq-ts/common';

/** Parameters of a name server. Source: NamesrvConfig. */
export const namesrvConfigDeclaration = defineConfig({
  name: 'NamesrvConfig',
  doc: 'Parameters of a name server.',
  parameters: {
    rocketmqHome: p.optionalString({
      default: (e) => e.systemProperties.get('rocketmq.home.dir') ?? e.variables.ROCKETMQ_HOME,
      effective: true,
      doc: 'Installation directory (system property rocketmq.home.dir or env ROCKETMQ_HOME).',
    }),
    kvConfigPath: p.string({
      default: (e) => `${e.userHome}/namesrv/kvConfig.json`,
      effective: true,
      doc: 'KV store file.',
    }),
    configStorePath: p.string({
      default: (e) => `${e.userHome}/namesrv/namesrv.properties`,
      effective: true,
      doc: 'File that stores changed settings.',
    }),
    productEnvName: p.string({ default: 'center', effective: true, doc: 'Environment name for cluster test.' }),
    clusterTest: p.boolean({ default: false, effective: true, doc: 'Cluster-test mode.' }),
    orderMessageEnable: p.boolean({
      default: false,
      reloadable: true,
      effective: true,
      doc: 'Return order configuration with routes.',
    }),
    returnOrderTopicConfigToBroker: p.boolean({
      default: true,
      reloadable: true,
      effective: true,
      doc: 'Return order configuration at registration.',
    }),
    clientRequestThreadPoolNums: p.int({ default: 8, min: 0, doc: 'Threads for route requests.' }),
    defaultThreadPoolNums: p.int({ default: 16, min: 0, doc: 'Threads for all other requests.' }),
    clientRequestThreadPoolQueueCapacity: p.int({
      default: 50_000,
      min: 1,
      effective: true,
      doc: 'Waiting route requests before refusal.',
    }),
    defaultThreadPoolQueueCapacity: p.int({
      default: 10_000,
      min: 1,
      effective: true,
      doc: 'Other waiting requests before refusal.',
    }),
    scanNotActiveBrokerInterval: p.long({
      default: 5000,
      unit: 'ms',
      min: 1,
      reloadable: true,
      effective: true,
      doc: 'Period of the scan for expired brokers.',
    }),
    unRegisterBrokerQueueCapacity: p.int({ default: 3000, min: 1, effective: true, doc: 'Waiting unregistrations.' }),
    supportActingMaster: p.boolean({
      default: false,
      reloadable: true,
      effective: true,
      doc: 'Present acting masters.',
    }),
    enableAllTopicList: p.boolean({
      default: true,
      reloadable: true,
      effective: true,
      doc: 'Allow listing all topics.',
    }),
    enableTopicList: p.boolean({
      default: true,
      reloadable: true,
      effective: true,
      doc: 'Allow listing topics by cluster.',
    }),
    notifyMinBrokerIdChanged: p.boolean({
      default: false,
      reloadable: true,
      effective: true,
      doc: 'Tell brokers when the lowest id changes.',
    }),
    enableControllerInNamesrv: p.boolean({ default: false, doc: 'Run a controller in this process.' }),
    needWaitForService: p.boolean({
      default: false,
      effective: true,
      doc: 'Answer routes only after waitSecondsForService.',
    }),
    waitSecondsForService: p.int({
      default: 45,
      unit: 's',
      min: 0,
      effective: true,
      doc: 'Delay after start before routes are answered.',
    }),
    deleteTopicWithBrokerRegistration: p.boolean({
      default: false,
      reloadable: true,
      effective: true,
      doc: 'Remove topics missing from a registration.',
    }),
    configBlackList: p.string({
      default: 'configBlackList;configStorePath;kvConfigPath',
      effective: true,
      doc: 'Keys the reference refuses to change by admin requests, ; separated; here only reloadable keys may change at all.',
    }),
  },
});

/** The values of `namesrvConfigDeclaration`. */
export type NamesrvConfig = ConfigOf<typeof namesrvConfigDeclaration>;
