/** Administration: the admin client and the commands of mqadmin. */
export * from './admin/admin-errors.js';
export type { BrokerAdmin } from './admin/broker-admin.js';
export type { ClientAdmin } from './admin/client-admin.js';
export type { GroupAdmin } from './admin/group-admin.js';
export type { KeyQuery, MessageAdmin, PullResult, PullStatus } from './admin/message-admin.js';
export { type MessageTrack, messageTrack, type TrackType } from './admin/message-track.js';
export { MQAdminExt, type MQAdminExtOptions } from './admin/mq-admin-ext.js';
export type { NameServerAdmin } from './admin/name-server-admin.js';
export type { OffsetAdmin, ResetRequest, RollbackStats } from './admin/offset-admin.js';
export type { TopicAdmin } from './admin/topic-admin.js';
export * from './mqadmin.js';
