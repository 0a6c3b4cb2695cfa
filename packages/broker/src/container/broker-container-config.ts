/** The parameters of a broker container, with the reference's names and defaults. Those of its sockets are declared in `remoting`. */
import { type ConfigOf, defineConfig, parameter as p } from '@rocketmq-ts/common';

/** Parameters of a container. Source: BrokerContainerConfig. */
export const brokerContainerConfigDeclaration = defineConfig({
  name: 'BrokerContainerConfig',
  doc: 'Parameters of a container: a server that runs several brokers.',
  parameters: {
    rocketmqHome: p.optionalString({
      default: (e) => e.systemProperties.get('rocketmq.home.dir') ?? e.variables.ROCKETMQ_HOME,
      effective: true,
      doc: 'Installation directory (system property rocketmq.home.dir or env ROCKETMQ_HOME).',
    }),
    namesrvAddr: p.optionalString({
      default: (e) => e.systemProperties.get('rocketmq.namesrv.addr') ?? e.variables.NAMESRV_ADDR,
      important: true,
      effective: true,
      doc: 'Name servers of all brokers in the container, ; separated (property rocketmq.namesrv.addr or env NAMESRV_ADDR).',
    }),
    fetchNameSrvAddrByDnsLookup: p.boolean({
      default: false,
      important: true,
      doc: 'Resolve the name-server domain by DNS.',
    }),
    fetchNamesrvAddrByAddressServer: p.boolean({ default: false, important: true, doc: 'Ask the address server.' }),
    brokerContainerIP: p.string({
      default: (e) => e.localAddress,
      important: true,
      moot: 'a container announces its address to nobody',
      doc: 'Address of the container.',
    }),
    brokerConfigPaths: p.optionalString({
      effective: true,
      doc: 'Configuration files of the brokers that are started with the container, : separated.',
    }),
    fetchNamesrvAddrInterval: p.long({ default: 10_000, unit: 'ms', min: 1, doc: 'Address-server period.' }),
    updateNamesrvAddrInterval: p.long({ default: 120_000, unit: 'ms', min: 1, doc: 'Name-server refresh period.' }),
    configBlackList: p.string({
      default: 'configBlackList;brokerConfigPaths',
      effective: true,
      doc: 'Settings that may not be changed by admin requests, ; separated.',
    }),
  },
});

/** Values of the container's own parameters. */
export type BrokerContainerConfig = ConfigOf<typeof brokerContainerConfigDeclaration>;
