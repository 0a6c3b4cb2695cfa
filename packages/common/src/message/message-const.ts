/** Names of message properties with a meaning, declared once; users may not set the reserved ones. */

const reserved = {
  /** Index keys, separated by a space. */
  PROPERTY_KEYS: 'KEYS',
  /** The tag. */
  PROPERTY_TAGS: 'TAGS',
  /** "false": answer before the message is flushed and replicated. */
  PROPERTY_WAIT_STORE_MSG_OK: 'WAIT',
  /** Delay level, from 1. */
  PROPERTY_DELAY_TIME_LEVEL: 'DELAY',
  /** Original topic of a message that is retried. */
  PROPERTY_RETRY_TOPIC: 'RETRY_TOPIC',
  /** Group of origin. */
  PROPERTY_ORIGIN_GROUP: 'ORIGIN_GROUP',
  /** Where a delayed, half or timer message goes in the end. */
  PROPERTY_REAL_TOPIC: 'REAL_TOPIC',
  /** Queue that goes with REAL_TOPIC. */
  PROPERTY_REAL_QUEUE_ID: 'REAL_QID',
  /** "true" for a half message. */
  PROPERTY_TRANSACTION_PREPARED: 'TRAN_MSG',
  /** Producer group. */
  PROPERTY_PRODUCER_GROUP: 'PGROUP',
  /** Filled in by the pulling client. */
  PROPERTY_MIN_OFFSET: 'MIN_OFFSET',
  /** Filled in by the pulling client. */
  PROPERTY_MAX_OFFSET: 'MAX_OFFSET',
  /** Legacy. */
  PROPERTY_BUYER_ID: 'BUYER_ID',
  /** Message id of the first delivery of a retried message. */
  PROPERTY_ORIGIN_MESSAGE_ID: 'ORIGIN_MESSAGE_ID',
  /** Legacy. */
  PROPERTY_TRANSFER_FLAG: 'TRANSFER_FLAG',
  /** Legacy. */
  PROPERTY_CORRECTION_FLAG: 'CORRECTION_FLAG',
  /** Legacy. */
  PROPERTY_MQ2_FLAG: 'MQ2_FLAG',
  /** Count of deliveries, when a client re-sends a message itself. */
  PROPERTY_RECONSUME_TIME: 'RECONSUME_TIME',
  /** Region, added by the broker. */
  PROPERTY_MSG_REGION: 'MSG_REGION',
  /** Trace switch, added by the broker. */
  PROPERTY_TRACE_SWITCH: 'TRACE_ON',
  /** Unique id, made by the producer. */
  PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX: 'UNIQ_KEY',
  /** Legacy. */
  PROPERTY_EXTEND_UNIQ_INFO: 'EXTEND_UNIQ_INFO',
  /** Limit that goes with RECONSUME_TIME. */
  PROPERTY_MAX_RECONSUME_TIMES: 'MAX_RECONSUME_TIMES',
  /** Set by the client when it starts to consume. */
  PROPERTY_CONSUME_START_TIMESTAMP: 'CONSUME_START_TIME',
  /** Priority, a whole number. */
  PROPERTY_PRIORITY: '_SYS_MSG_PRIORITY_',
  /** For the check for duplicates. */
  DUP_INFO: 'DUP_INFO',
  /** Queue offset of the half message. */
  PROPERTY_TRANSACTION_PREPARED_QUEUE_OFFSET: 'TRAN_PREPARED_QUEUE_OFFSET',
  /** Namespace instance of the client. */
  PROPERTY_INSTANCE_ID: 'INSTANCE_ID',
  /** Request-reply: pairs the reply with the request. */
  PROPERTY_CORRELATION_ID: 'CORRELATION_ID',
  /** Request-reply: client id that waits. */
  PROPERTY_MESSAGE_REPLY_TO_CLIENT: 'REPLY_TO_CLIENT',
  /** Request-reply: ms the requester waits. */
  PROPERTY_MESSAGE_TTL: 'TTL',
  /** Request-reply: when the reply came to the broker. */
  PROPERTY_REPLY_MESSAGE_ARRIVE_TIME: 'ARRIVE_TIME',
  /** Request-reply: when the broker pushed the reply. */
  PROPERTY_PUSH_REPLY_TIME: 'PUSH_REPLY_TIME',
  /** Cluster, added to each stored message. */
  PROPERTY_CLUSTER: 'CLUSTER',
  /** "reply" for a reply. */
  PROPERTY_MESSAGE_TYPE: 'MSG_TYPE',
  /** Receipt handle. */
  PROPERTY_POP_CK: 'POP_CK',
  /** Checkpoint offset of a popped message. */
  PROPERTY_POP_CK_OFFSET: 'POP_CK_OFFSET',
  /** Time of the first pop. */
  PROPERTY_FIRST_POP_TIME: '1ST_POP_TIME',
  /** Lite topic name. */
  PROPERTY_LITE_TOPIC: '__LITE_TOPIC',
  /** Offsets that go with INNER_MULTI_DISPATCH. */
  PROPERTY_INNER_MULTI_QUEUE_OFFSET: 'INNER_MULTI_QUEUE_OFFSET',
  /** Timer: delay in seconds. */
  PROPERTY_TIMER_DELAY_SEC: 'TIMER_DELAY_SEC',
  /** Timer: delivery time, ms since the epoch. */
  PROPERTY_TIMER_DELIVER_MS: 'TIMER_DELIVER_MS',
  /** Original born host, kept when re-sent. */
  PROPERTY_BORN_HOST: '__BORNHOST',
  /** Original born time, kept when re-sent. */
  PROPERTY_BORN_TIMESTAMP: 'BORN_TIMESTAMP',
  /** Timer bookkeeping. */
  PROPERTY_TIMER_ENQUEUE_MS: 'TIMER_ENQUEUE_MS',
  /** Timer bookkeeping. */
  PROPERTY_TIMER_DEQUEUE_MS: 'TIMER_DEQUEUE_MS',
  /** Timer bookkeeping. */
  PROPERTY_TIMER_ROLL_TIMES: 'TIMER_ROLL_TIMES',
  /** Timer bookkeeping. */
  PROPERTY_TIMER_OUT_MS: 'TIMER_OUT_MS',
  /** Timer: unique id of the message to recall. */
  PROPERTY_TIMER_DEL_UNIQKEY: 'TIMER_DEL_UNIQKEY',
  /** Timer bookkeeping. */
  PROPERTY_TIMER_DELAY_LEVEL: 'TIMER_DELAY_LEVEL',
  /** Timer: delay in ms. */
  PROPERTY_TIMER_DELAY_MS: 'TIMER_DELAY_MS',
  /** CRC of the record up to here; always the last property. */
  PROPERTY_CRC32: '__CRC32#',
  /** Topic a dead letter came from. */
  PROPERTY_DLQ_ORIGIN_TOPIC: 'DLQ_ORIGIN_TOPIC',
  /** Message id a dead letter had. */
  PROPERTY_DLQ_ORIGIN_MESSAGE_ID: 'DLQ_ORIGIN_MESSAGE_ID',
} as const;

const open = {
  /** Legacy. */
  PROPERTY_TRANS_OFFSET: 'TRANS_OFFSET',
  /** Number of messages in an inner batch. */
  PROPERTY_INNER_NUM: 'INNER_NUM',
  /** Base offset of an inner batch. */
  PROPERTY_INNER_BASE: 'INNER_BASE',
  /** The first transaction check comes not before this. */
  PROPERTY_CHECK_IMMUNITY_TIME_IN_SECONDS: 'CHECK_IMMUNITY_TIME_IN_SECONDS',
  /** Transaction id. */
  PROPERTY_TRANSACTION_ID: '__transactionId__',
  /** Transaction checks done so far. */
  PROPERTY_TRANSACTION_CHECK_TIMES: 'TRANSACTION_CHECK_TIMES',
  /** Message group (FIFO). */
  PROPERTY_SHARDING_KEY: '__SHARDINGKEY',
  /** Forwarding. */
  PROPERTY_FORWARD_QUEUE_ID: 'PROPERTY_FORWARD_QUEUE_ID',
  /** Forwarding. */
  PROPERTY_REDIRECT: 'REDIRECT',
  /** Names of light queues (`%LMQ%…`), comma separated. */
  PROPERTY_INNER_MULTI_DISPATCH: 'INNER_MULTI_DISPATCH',
  /** Trace context of a gRPC client. */
  PROPERTY_TRACE_CONTEXT: 'TRACE_CONTEXT',
  /** Set by a pulling client; never stored. */
  PROPERTY_TRANSIENT_TOPIC_CONFIG: '__RMQ.TRANSIENT.TOPIC_SYS_FLAG',
  /** Set by a pulling client; never stored. */
  PROPERTY_TRANSIENT_GROUP_CONFIG: '__RMQ.TRANSIENT.GROUP_SYS_FLAG',
  /** Timer engine: R timeline, F time wheel. */
  TIMER_ENGINE_TYPE: 'E_T',
  /** Rolled by the RocksDB timeline. */
  PROPERTY_TIMER_ROLL_LABEL: 'TIMER_ROLL_LABEL',
} as const;

/** All property names with a meaning, reserved ones included. Source: MessageConst. */
export const MessageConst = { ...reserved, ...open } as const;

/** Properties that users may not set. Source: MessageConst#STRING_HASH_SET. */
export const RESERVED_PROPERTIES: ReadonlySet<string> = new Set(Object.values(reserved));

/** Separates the keys in the property KEYS. */
export const KEY_SEPARATOR = ' ';

/** Values of the property E_T. */
export const TimerEngine = { ROCKSDB_TIMELINE: 'R', FILE_TIME_WHEEL: 'F' } as const;

/** What an index key stands for. Source: MessageConst#INDEX_*_TYPE. */
export const IndexType = { KEY: 'K', UNIQUE: 'U', TAG: 'T' } as const;
