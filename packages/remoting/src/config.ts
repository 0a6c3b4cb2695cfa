/** The parameters of sockets and TLS, on the side that listens and on the side that connects, with the reference's names and defaults. */

import { type ConfigOf, defineConfig, parameter as p } from '@rocketmq-ts/common';

/** Parameters of the listening side of a server. Source: NettyServerConfig. */
export const nettyServerConfigDeclaration = defineConfig({
  name: 'NettyServerConfig',
  doc: 'Parameters of the listening side of a server.',
  parameters: {
    bindAddress: p.string({ default: '0.0.0.0', effective: true, doc: 'Listen address.' }),
    listenPort: p.int({ default: 0, min: 0, max: 65_535, effective: true, doc: 'Listen port.' }),
    serverWorkerThreads: p.int({ default: 8, min: 0, doc: 'Codec threads.' }),
    serverCallbackExecutorThreads: p.int({ default: 0, min: 0, doc: 'Callback threads, 0 means 4.' }),
    serverSelectorThreads: p.int({ default: 3, min: 0, doc: 'IO threads.' }),
    serverOnewaySemaphoreValue: p.int({ default: 256, min: 1, effective: true, doc: 'Pending one-way requests.' }),
    serverAsyncSemaphoreValue: p.int({ default: 64, min: 1, effective: true, doc: 'Pending asynchronous requests.' }),
    serverChannelMaxIdleTimeSeconds: p.int({
      default: 120,
      unit: 's',
      min: 0,
      effective: true,
      doc: 'Close idle channels after.',
    }),
    serverSocketSndBufSize: p.int({ default: 0, min: 0, doc: 'Send buffer, 0 system.' }),
    serverSocketRcvBufSize: p.int({ default: 0, min: 0, doc: 'Receive buffer, 0 system.' }),
    writeBufferHighWaterMark: p.int({ default: 0, min: 0, effective: true, doc: 'High water mark, 0 unset.' }),
    writeBufferLowWaterMark: p.int({ default: 0, min: 0, effective: true, doc: 'Low water mark, 0 unset.' }),
    serverSocketBacklog: p.int({ default: 1024, min: 0, doc: 'Accept backlog.' }),
    serverNettyWorkerGroupEnable: p.boolean({ default: true, doc: 'Own codec thread group.' }),
    serverPooledByteBufAllocatorEnable: p.boolean({ default: true, doc: 'Pooled buffers.' }),
    enableShutdownGracefully: p.boolean({
      default: false,
      effective: true,
      doc: 'Answer GO_AWAY while shutting down.',
    }),
    shutdownWaitTimeSeconds: p.int({ default: 30, unit: 's', min: 0, effective: true, doc: 'Shutdown wait.' }),
    useEpollNativeSelector: p.boolean({ default: false, doc: 'Use epoll.' }),
  },
});

/** The values of `nettyServerConfigDeclaration`. */
export type NettyServerConfig = ConfigOf<typeof nettyServerConfigDeclaration>;

/** Parameters of the connecting side of servers, clients and tools. Source: NettyClientConfig. */
export const nettyClientConfigDeclaration = defineConfig({
  name: 'NettyClientConfig',
  doc: 'Parameters of the connecting side of servers, clients and tools.',
  parameters: {
    clientWorkerThreads: p.int({ default: 4, min: 0, doc: 'Codec threads.' }),
    clientCallbackExecutorThreads: p.int({ default: (e) => e.cpuCount, min: 1, doc: 'Callback threads.' }),
    clientOnewaySemaphoreValue: p.int({ default: 65_535, min: 1, effective: true, doc: 'Pending one-way requests.' }),
    clientAsyncSemaphoreValue: p.int({
      default: 65_535,
      min: 1,
      effective: true,
      doc: 'Pending asynchronous requests.',
    }),
    connectTimeoutMillis: p.int({ default: 3000, unit: 'ms', min: 0, effective: true, doc: 'Connect timeout.' }),
    channelNotActiveInterval: p.long({ default: 60_000, min: 0, effective: true, doc: 'Pause before reconnecting.' }),
    isScanAvailableNameSrv: p.boolean({
      default: true,
      effective: true,
      key: 'scanAvailableNameSrv',
      doc: 'Scan which name servers answer.',
    }),
    clientChannelMaxIdleTimeSeconds: p.int({
      default: 120,
      unit: 's',
      min: 0,
      effective: true,
      doc: 'Close idle channels after.',
    }),
    clientSocketSndBufSize: p.int({ default: 0, min: 0, doc: 'Send buffer.' }),
    clientSocketRcvBufSize: p.int({ default: 0, min: 0, doc: 'Receive buffer.' }),
    clientPooledByteBufAllocatorEnable: p.boolean({ default: false, doc: 'Pooled buffers.' }),
    clientCloseSocketIfTimeout: p.boolean({
      default: true,
      effective: true,
      doc: 'Close the channel after a timeout.',
    }),
    useTLS: p.boolean({ default: false, effective: true, doc: 'Use TLS.' }),
    socksProxyConfig: p.string({ default: '{}', secret: true, doc: 'SOCKS proxies by network, JSON.' }),
    writeBufferHighWaterMark: p.int({ default: 0, min: 0, effective: true, doc: 'High water mark.' }),
    writeBufferLowWaterMark: p.int({ default: 0, min: 0, effective: true, doc: 'Low water mark.' }),
    disableCallbackExecutor: p.boolean({ default: false, doc: 'Run callbacks in IO threads.' }),
    disableNettyWorkerGroup: p.boolean({ default: false, doc: 'No codec threads.' }),
    maxReconnectIntervalTimeSeconds: p.long({
      default: 60,
      unit: 's',
      min: 0,
      effective: true,
      doc: 'Longest pause between reconnects.',
    }),
    enableReconnectForGoAway: p.boolean({ default: true, effective: true, doc: 'Reconnect on GO_AWAY.' }),
  },
});

/** The values of `nettyClientConfigDeclaration`. */
export type NettyClientConfig = ConfigOf<typeof nettyClientConfigDeclaration>;

/** TLS settings: system properties, or keys of the file that tls.config.file names. Source: TlsSystemConfig, TlsHelper. */
export const tlsSystemConfigDeclaration = defineConfig({
  name: 'TlsSystemConfig',
  doc: 'TLS settings: system properties, or keys of the file that tls.config.file names.',
  parameters: {
    'tls.server.mode': p.oneOf(['disabled', 'permissive', 'enforcing'], {
      default: 'permissive',
      effective: true,
      doc: 'Whether plain and TLS connections are accepted: disabled, permissive (both) or enforcing (TLS only).',
    }),
    'tls.enable': p.boolean({ default: false, effective: true, doc: 'Clients connect with TLS.' }),
    'tls.config.file': p.string({
      default: '/etc/rocketmq/tls.properties',
      effective: true,
      doc: 'File that the other tls.* keys are read from.',
    }),
    'tls.test.mode.enable': p.boolean({
      default: false,
      effective: true,
      doc: 'Without configured files, make a self-signed certificate and trust every peer.',
    }),
    'tls.server.need.client.auth': p.oneOf(['none', 'optional', 'require'], {
      default: 'none',
      effective: true,
      doc: 'Whether clients must show a certificate: none, optional or require.',
    }),
    'tls.server.keyPath': p.optionalString({ effective: true, doc: 'Private key of the server, PKCS#8 in PEM.' }),
    'tls.server.keyPassword': p.optionalString({
      secret: true,
      effective: true,
      doc: 'Password of the private key of the server.',
    }),
    'tls.server.certPath': p.optionalString({ effective: true, doc: 'Certificate chain of the server, PEM.' }),
    'tls.server.authClient': p.boolean({
      default: false,
      effective: true,
      doc: 'The server verifies the certificates of clients.',
    }),
    'tls.server.trustCertPath': p.optionalString({ effective: true, doc: 'Certificates that the server trusts, PEM.' }),
    'tls.client.keyPath': p.optionalString({ effective: true, doc: 'Private key of the client, PKCS#8 in PEM.' }),
    'tls.client.keyPassword': p.optionalString({
      secret: true,
      effective: true,
      doc: 'Password of the private key of the client.',
    }),
    'tls.client.certPath': p.optionalString({ effective: true, doc: 'Certificate chain of the client, PEM.' }),
    'tls.client.authServer': p.boolean({
      default: false,
      effective: true,
      doc: 'The client verifies the certificate of the server.',
    }),
    'tls.client.trustCertPath': p.optionalString({ effective: true, doc: 'Certificates that the client trusts, PEM.' }),
    'tls.ciphers': p.optionalString({ effective: true, doc: 'Cipher suites, comma separated.' }),
    'tls.protocols': p.optionalString({ effective: true, doc: 'TLS versions, comma separated.' }),
  },
});

/** The values of `tlsSystemConfigDeclaration`. */
export type TlsSystemConfig = ConfigOf<typeof tlsSystemConfigDeclaration>;

/** System properties of the protocol. Source: NettySystemConfig, RemotingCommand. */
export const remotingSystemConfigDeclaration = defineConfig({
  name: 'RemotingSystemConfig',
  doc: 'System properties of the protocol.',
  parameters: {
    'rocketmq.serialize.type': p.oneOf(['JSON', 'ROCKETMQ'], {
      default: (e) => (e.variables.ROCKETMQ_SERIALIZE_TYPE?.toUpperCase() === 'ROCKETMQ' ? 'ROCKETMQ' : 'JSON'),
      effective: true,
      doc: 'JSON or ROCKETMQ; env ROCKETMQ_SERIALIZE_TYPE.',
    }),
    'com.rocketmq.remoting.frameMaxLength': p.int({
      default: 16_777_216,
      unit: 'bytes',
      min: 1,
      effective: true,
      doc: 'Largest frame.',
    }),
    'com.rocketmq.remoting.clientAsyncSemaphoreValue': p.int({
      default: 65_535,
      min: 1,
      effective: true,
      doc: 'Pending asynchronous requests.',
    }),
    'com.rocketmq.remoting.clientOnewaySemaphoreValue': p.int({
      default: 65_535,
      min: 1,
      effective: true,
      doc: 'Pending one-way requests.',
    }),
    'com.rocketmq.remoting.socket.sndbuf.size': p.int({
      default: 0,
      unit: 'bytes',
      min: 0,
      doc: 'Socket send buffer.',
    }),
    'com.rocketmq.remoting.socket.rcvbuf.size': p.int({
      default: 0,
      unit: 'bytes',
      min: 0,
      doc: 'Socket receive buffer.',
    }),
    'com.rocketmq.remoting.socket.backlog': p.int({ default: 1024, min: 1, doc: 'Accept backlog.' }),
  },
});

/** The values of `remotingSystemConfigDeclaration`. */
export type RemotingSystemConfig = ConfigOf<typeof remotingSystemConfigDeclaration>;
