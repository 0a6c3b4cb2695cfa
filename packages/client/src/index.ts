/** The clients: producers and consumers of the remoting protocol. */
export type {
  Logger,
  MessageExt,
  MessageQueue,
  SubscriptionGroupConfig,
  TlsClientOptions,
} from '@rocketmq-ts/common';
export type {
  ClusterInfo,
  ConsumerConnection,
  ConsumeStats,
  TopicRouteData,
  TopicStatsTable,
} from '@rocketmq-ts/remoting';
export * from './admin/admin.js';
export { AdminNotFoundError, hasCode } from './admin/admin-errors.js';
export { type BrokerAdmin, sumOfDay } from './admin/broker-admin.js';
export type { ClientAdmin } from './admin/client-admin.js';
export * from './admin/cluster.js';
export { type GroupAdmin, totalDiff } from './admin/group-admin.js';
export {
  type KeyQuery,
  keysOf,
  type MessageAdmin,
  type PullResult,
  tagsOf,
  uniqueIdOf,
} from './admin/message-admin.js';
export { type MessageTrack, messageTrack, type TrackType } from './admin/message-track.js';
export * from './admin/mq-admin-ext.js';
export type { NameServerAdmin } from './admin/name-server-admin.js';
export {
  NEWEST,
  type OffsetAdmin,
  type ResetPosition,
  type ResetRequest,
  type RollbackStats,
} from './admin/offset-admin.js';
export type { TopicAdmin } from './admin/topic-admin.js';
export type { MessageTrace, TraceAdmin, TraceQuery } from './admin/trace-admin.js';
export * from './api.js';
export * from './client-instance.js';
export type {
  ClientOptions,
  Credentials,
  NameServerDomain,
  ResolvedClientOptions,
  ResolvedNameServerDomain,
} from './client-options.js';
export type { ClientSource } from './client-source.js';
export * from './codec.js';
export { TooManyRequestsError } from './connection/pending-replies.js';
export { requestSigner } from './connection/request-signer.js';
export type { SocksProxyConfig, SocksProxyEntry } from './connection/socks-proxies.js';
export type { Allocation, AllocationStrategy } from './consumer/allocate/allocation-strategy.js';
export * from './consumer/allocate/averaging.js';
export * from './consumer/allocate/consistent-hash.js';
export * from './consumer/allocate/machine-room-nearby.js';
export { ConsumeContext, ConsumeLaterError } from './consumer/consumption.js';
export * from './consumer/lite-pull-consumer.js';
export type * from './consumer/lite-pull-consumer-options.js';
export type { PullStatus } from './consumer/pull-api.js';
export * from './consumer/push-consumer.js';
export type {
  BatchOptions,
  PullOptions,
  PushConsumerOptions,
  PushConsumerOwnOptions,
} from './consumer/push-consumer-options.js';
export { ReceivedMessage } from './consumer/received-message.js';
export type { ConsumeFrom } from './consumer/start-offset.js';
export * from './errors.js';
export type { Moment } from './moment.js';
export { ClientChannel } from './observe/channels.js';
export type { ConsumerEvents, LinkEvents, ProducerEvents, QueueLag } from './observe/client-events.js';
export type { ConsumeObservationOptions } from './observe/consumer-observers.js';
export type { Listener, Observable } from './observe/events.js';
export type { ConsumeHook, ConsumeHookOutcome, SendHook, SendHookOutcome } from './observe/hooks.js';
export type { LagMonitorOptions } from './observe/lag-monitor.js';
export type {
  EndTransactionTrace,
  PubTrace,
  RecallTrace,
  SubAfterTrace,
  SubBeforeTrace,
  TraceRecord,
} from './observe/message-trace/trace-encoder.js';
export type { MessageTraceOptions } from './observe/message-trace/trace-options.js';
export type { ClientMetricLabels, ClientMetricName, ClientMetrics } from './observe/metrics.js';
export type { OpenTelemetryApi, OtelSpan, OtelTracer, TracingOptions } from './observe/opentelemetry.js';
export * from './ports.js';
export type {
  AvoidanceRule,
  DetectorOptions,
  LatencyFaultToleranceOptions,
} from './producer/latency-fault-tolerance.js';
export type { OutgoingMessage } from './producer/outgoing-message.js';
export * from './producer/producer.js';
export type {
  CompressionOptions,
  LingerOptions,
  ProducerOptions,
  ProducerOwnOptions,
  SendOptions,
} from './producer/producer-options.js';
export type { Repliable, RequestOptions } from './producer/requests.js';
export type * from './producer/send-result.js';
export type {
  LocalTransaction,
  TransactionChecker,
  TransactionEnd,
  TransactionResult,
  TransactionState,
} from './producer/transactions.js';
export { MASTER_ID } from './route/topic-route.js';
