/** All response codes: number, name, what it tells the caller, and whether the same request may succeed later or elsewhere. */

export interface ResponseCodeEntry {
  readonly code: number;
  readonly meaning: string;
  /** True when another try, perhaps with another broker or after a refresh of the route, may succeed. */
  readonly retryable: boolean;
}

function final(code: number, meaning: string) {
  return { code, meaning, retryable: false } as const;
}

function retryable(code: number, meaning: string) {
  return { code, meaning, retryable: true } as const;
}

/** The table, by name. Negative codes are made on the caller's side and never travel. Source: ResponseCode, RemotingSysResponseCode. */
export const RESPONSE_CODES = {
  RPC_TIME_OUT: retryable(-1006, 'No answer came in time.'),
  RPC_SEND_TO_CHANNEL_FAILED: retryable(-1004, 'The request could not be written.'),
  RPC_ADDR_IS_NULL: retryable(-1002, 'Nobody knows the address of the broker.'),
  RPC_UNKNOWN: retryable(-1000, 'The call failed for an unknown reason.'),
  SUCCESS: final(0, 'Done.'),
  SYSTEM_ERROR: retryable(1, 'Something failed that has no code of its own; the remark says what.'),
  SYSTEM_BUSY: retryable(2, 'The server is overloaded; the request was not carried out.'),
  REQUEST_CODE_NOT_SUPPORTED: final(3, 'The server does not know this request.'),
  TRANSACTION_FAILED: final(4, 'From old releases; never sent.'),
  FLUSH_DISK_TIMEOUT: final(10, 'The message is stored, but was not on disk in time.'),
  SLAVE_NOT_AVAILABLE: final(11, 'The message is stored, but too few replicas are in reach.'),
  FLUSH_SLAVE_TIMEOUT: final(12, 'The message is stored, but replicas did not confirm in time.'),
  MESSAGE_ILLEGAL: final(13, 'The message breaks a rule: too long, a bad topic, a bad half message.'),
  SERVICE_NOT_AVAILABLE: retryable(14, 'The store takes no writes now: shutting down, disk full, or a slave.'),
  VERSION_NOT_SUPPORTED: final(15, 'The peer is too old or too new for this request.'),
  NO_PERMISSION: retryable(16, 'Permissions of the broker, topic or group, or access control, forbid it.'),
  TOPIC_NOT_EXIST: retryable(17, 'No such topic here.'),
  TOPIC_EXIST_ALREADY: final(18, 'There is such a topic already.'),
  PULL_NOT_FOUND: retryable(19, 'No message yet.'),
  PULL_RETRY_IMMEDIATELY: retryable(20, 'Nothing matched here; pull on from the given offset at once.'),
  PULL_OFFSET_MOVED: retryable(21, 'The offset is outside the queue; go on at the given one.'),
  QUERY_NOT_FOUND: final(22, 'There is nothing of that kind.'),
  SUBSCRIPTION_PARSE_FAILED: final(23, 'The filter expression cannot be understood.'),
  SUBSCRIPTION_NOT_EXIST: retryable(24, 'The broker knows of no such subscription; send a heartbeat.'),
  SUBSCRIPTION_NOT_LATEST: retryable(25, 'The broker holds an older subscription; send a heartbeat.'),
  SUBSCRIPTION_GROUP_NOT_EXIST: final(26, 'No such consumer group.'),
  FILTER_DATA_NOT_EXIST: retryable(27, 'The broker has no compiled filter of the group; send a heartbeat.'),
  FILTER_DATA_NOT_LATEST: retryable(28, 'The compiled filter of the broker is older; send a heartbeat.'),
  INVALID_PARAMETER: final(29, 'A parameter breaks a rule; the remark says which.'),
  TRANSACTION_SHOULD_COMMIT: final(200, 'From old releases; never sent.'),
  TRANSACTION_SHOULD_ROLLBACK: final(201, 'From old releases; never sent.'),
  TRANSACTION_STATE_UNKNOW: final(202, 'From old releases; never sent.'),
  TRANSACTION_STATE_GROUP_WRONG: final(203, 'From old releases; never sent.'),
  NO_BUYER_ID: retryable(204, 'From old releases; clients retry a send on it.'),
  NOT_IN_CURRENT_UNIT: retryable(205, 'The request belongs to another unit.'),
  CONSUMER_NOT_ONLINE: final(206, 'No client of the group is connected.'),
  CONSUME_MSG_TIMEOUT: final(207, 'The client that was asked did not answer in time.'),
  NO_MESSAGE: final(208, 'There is no message.'),
  POLLING_FULL: retryable(209, 'Too many requests are parked; poll again later.'),
  POLLING_TIMEOUT: retryable(210, 'No message came while the request was parked.'),
  BROKER_NOT_EXIST: final(211, 'No such broker.'),
  BROKER_DISPATCH_NOT_COMPLETE: retryable(212, 'The queues lag behind the log; try later.'),
  BROADCAST_CONSUMPTION: final(213, 'Makes no sense for a broadcast group.'),
  FLOW_CONTROL: retryable(215, 'Refused to protect the broker.'),
  NOT_LEADER_FOR_QUEUE: retryable(501, 'Another broker leads the logical queue; refresh the route.'),
  ILLEGAL_OPERATION: final(604, 'Not allowed in this state.'),
  GO_AWAY: retryable(1500, 'The server is about to stop; connect again and resend.'),
  CONTROLLER_FENCED_MASTER_EPOCH: final(2000, 'The master epoch of the caller is outdated.'),
  CONTROLLER_FENCED_SYNC_STATE_SET_EPOCH: final(2001, 'The in-sync set epoch of the caller is outdated.'),
  CONTROLLER_INVALID_MASTER: final(2002, 'The caller is not the master.'),
  CONTROLLER_INVALID_REPLICAS: final(2003, 'The set names replicas that nobody knows.'),
  CONTROLLER_MASTER_NOT_AVAILABLE: retryable(2004, 'There is no master now.'),
  CONTROLLER_INVALID_REQUEST: final(2005, 'The request does not fit the state.'),
  CONTROLLER_BROKER_NOT_ALIVE: retryable(2006, 'The replica is not alive.'),
  CONTROLLER_NOT_LEADER: retryable(2007, 'Another controller leads; ask it.'),
  CONTROLLER_BROKER_METADATA_NOT_EXIST: final(2008, 'No such broker name.'),
  CONTROLLER_INVALID_CLEAN_BROKER_METADATA: final(2009, 'Living replicas cannot be forgotten.'),
  CONTROLLER_BROKER_NEED_TO_BE_REGISTERED: retryable(2010, 'The replica must register first.'),
  CONTROLLER_MASTER_STILL_EXIST: final(2011, 'The master lives; there is nothing to elect.'),
  CONTROLLER_ELECT_MASTER_FAILED: retryable(2012, 'No replica could be elected.'),
  CONTROLLER_ALTER_SYNC_STATE_SET_FAILED: retryable(2013, 'The in-sync set could not be changed.'),
  CONTROLLER_BROKER_ID_INVALID: final(2014, 'The broker id is taken, or the check code is wrong.'),
  CONTROLLER_JRAFT_INTERNAL_ERROR: retryable(2015, 'The consensus layer failed.'),
  CONTROLLER_BROKER_LIVE_INFO_NOT_EXISTS: final(2016, 'Nothing is known about the life of the broker.'),
  LMQ_QUOTA_EXCEEDED: final(2017, 'The broker has as many lite queues as it may have.'),
  LITE_SUBSCRIPTION_QUOTA_EXCEEDED: final(2018, 'The client has as many lite subscriptions as it may have.'),
  USER_NOT_EXIST: final(3001, 'No such user.'),
  POLICY_NOT_EXIST: final(3002, 'No such policy.'),
} as const satisfies Record<string, ResponseCodeEntry>;

/** The reference's constant names: `SUCCESS`, `TOPIC_NOT_EXIST`, … */
export type ResponseCodeName = keyof typeof RESPONSE_CODES;

type Numbers = { readonly [N in ResponseCodeName]: number };

/** The numbers alone: `ResponseCode.SUCCESS`. */
export const ResponseCode: Numbers = Object.freeze(
  Object.fromEntries(Object.entries(RESPONSE_CODES).map(([name, entry]) => [name, entry.code])) as Record<
    ResponseCodeName,
    number
  >,
);

const NAME_BY_CODE: ReadonlyMap<number, ResponseCodeName> = new Map(
  (Object.keys(RESPONSE_CODES) as ResponseCodeName[]).map((name) => [RESPONSE_CODES[name].code, name]),
);

/** The name of a response code for messages and logs; the number itself when it is unknown. */
export function responseCodeName(code: number): string {
  return NAME_BY_CODE.get(code) ?? String(code);
}

/** Whether another try may succeed after this code; unknown codes are final. */
export function isRetryable(code: number): boolean {
  const name = NAME_BY_CODE.get(code);
  return name !== undefined && RESPONSE_CODES[name].retryable;
}
