/** The properties of a message that sending looks at. */
import { MessageConst } from '@rocketmq-ts/common';

/** Where the scanner keeps the properties that sending looks at. */
export enum Slot {
  Keys,
  Tags,
  UniqKey,
  Wait,
  DelayLevel,
  TimerDelaySec,
  TimerDelayMs,
  TimerDeliverMs,
  TransactionPrepared,
  PopCk,
  MsgRegion,
  TraceSwitch,
  Cluster,
  InnerNum,
  LiteTopic,
  Priority,
}

/** The properties, in the order of their slots. */
export const SCANNED_PROPERTIES = [
  MessageConst.PROPERTY_KEYS,
  MessageConst.PROPERTY_TAGS,
  MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX,
  MessageConst.PROPERTY_WAIT_STORE_MSG_OK,
  MessageConst.PROPERTY_DELAY_TIME_LEVEL,
  MessageConst.PROPERTY_TIMER_DELAY_SEC,
  MessageConst.PROPERTY_TIMER_DELAY_MS,
  MessageConst.PROPERTY_TIMER_DELIVER_MS,
  MessageConst.PROPERTY_TRANSACTION_PREPARED,
  MessageConst.PROPERTY_POP_CK,
  MessageConst.PROPERTY_MSG_REGION,
  MessageConst.PROPERTY_TRACE_SWITCH,
  MessageConst.PROPERTY_CLUSTER,
  MessageConst.PROPERTY_INNER_NUM,
  MessageConst.PROPERTY_LITE_TOPIC,
  MessageConst.PROPERTY_PRIORITY,
];
