/** The admin client: everything that operators ask name servers and brokers, by subject. */
import type { NameServers } from '../connection/name-servers.js';
import { AdminTransport, type AdminTransportOptions } from './admin-transport.js';
import { BrokerAdmin } from './broker-admin.js';
import { ClientAdmin } from './client-admin.js';
import { GroupAdmin } from './group-admin.js';
import { MessageAdmin } from './message-admin.js';
import { NameServerAdmin } from './name-server-admin.js';
import { OffsetAdmin } from './offset-admin.js';
import { TopicAdmin } from './topic-admin.js';
import { TraceAdmin } from './trace-admin.js';

export interface MQAdminExtOptions {
  /** Closed by its owner, not by this client. */
  readonly remoting: AdminTransportOptions['remoting'];
  /** Name servers: `host:port`, tried in this order, or those of a client. */
  readonly nameServers: readonly string[] | NameServers;
  /** How long an answer is waited for. Default: 5000. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 5000;

/**
 * Administration of a cluster. All methods throw `BrokerError` when a server
 * answers with a code other than SUCCESS, and `RemotingError` when it does not
 * answer. Source: DefaultMQAdminExt.
 *
 * ```ts
 * const admin = new MQAdminExt({ remoting, nameServers: ['127.0.0.1:9876'] });
 * await admin.topics.update('127.0.0.1:10911', createTopicConfig('Orders', { writeQueueNums: 8 }));
 * ```
 */
export class MQAdminExt {
  readonly nameServer: NameServerAdmin;
  readonly brokers: BrokerAdmin;
  readonly topics: TopicAdmin;
  readonly groups: GroupAdmin;
  readonly clients: ClientAdmin;
  readonly offsets: OffsetAdmin;
  readonly messages: MessageAdmin;
  readonly traces: TraceAdmin;

  constructor({ remoting, nameServers, timeoutMs = DEFAULT_TIMEOUT_MS }: MQAdminExtOptions) {
    const transport = new AdminTransport({ remoting, nameServers, timeoutMs });
    this.nameServer = new NameServerAdmin(transport);
    this.brokers = new BrokerAdmin(transport);
    this.topics = new TopicAdmin(transport, this.nameServer);
    this.groups = new GroupAdmin(transport, this.nameServer);
    this.clients = new ClientAdmin(transport, this.nameServer);
    this.offsets = new OffsetAdmin(transport, {
      nameServer: this.nameServer,
      groups: this.groups,
      topics: this.topics,
    });
    this.messages = new MessageAdmin(transport, this.nameServer);
    this.traces = new TraceAdmin(this.messages);
  }
}
