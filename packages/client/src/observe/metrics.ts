/** The metrics of consumers, for whatever an application collects its metrics with. */

/** The metrics of the reference's clients, of the last minute, times in ms. */
export type ClientMetricName =
  | 'rocketmq_client_consume_fail_msg_count'
  | 'rocketmq_client_consume_fail_msg_tps'
  | 'rocketmq_client_consume_ok_msg_tps'
  | 'rocketmq_client_consume_rt'
  | 'rocketmq_client_consumer_pull_rt'
  | 'rocketmq_client_consumer_pull_tps';

/** The labels of all of them. */
export interface ClientMetricLabels {
  /** The address in the client id. */
  readonly clientAddr: string;
  readonly clientId: string;
  readonly group: string;
  readonly topic: string;
}

/** Where metrics go; it must not throw. */
export interface ClientMetrics {
  /** The value of a gauge is this now. */
  gauge(name: ClientMetricName, value: number, labels: ClientMetricLabels): void;
}

/** The rates of one topic. */
export interface ConsumeRates {
  readonly pullRT: number;
  readonly pullTPS: number;
  readonly consumeRT: number;
  readonly consumeOKTPS: number;
  readonly consumeFailedTPS: number;
  readonly consumeFailedMsgs: number;
}

/** Reports the rates of one topic. */
export function reportRates(metrics: ClientMetrics, rates: ConsumeRates, labels: ClientMetricLabels): void {
  metrics.gauge('rocketmq_client_consumer_pull_rt', rates.pullRT, labels);
  metrics.gauge('rocketmq_client_consumer_pull_tps', rates.pullTPS, labels);
  metrics.gauge('rocketmq_client_consume_rt', rates.consumeRT, labels);
  metrics.gauge('rocketmq_client_consume_ok_msg_tps', rates.consumeOKTPS, labels);
  metrics.gauge('rocketmq_client_consume_fail_msg_tps', rates.consumeFailedTPS, labels);
  metrics.gauge('rocketmq_client_consume_fail_msg_count', rates.consumeFailedMsgs, labels);
}
