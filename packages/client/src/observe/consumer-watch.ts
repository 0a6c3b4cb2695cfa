/** Reports of a consumer that nobody asked for at the moment: metrics, and a lag that is too large. */
import { isRetryTopic, withoutNamespace } from '@rocketmq-ts/common';
import { positive } from '../client-options.js';
import type { ConsumerEventSource } from './client-events.js';
import { type Laggard, type LagMonitorOptions, lagOf } from './lag-monitor.js';
import { type ClientMetrics, type ConsumeRates, reportRates } from './metrics.js';

export interface WatchOptions {
  readonly metrics?: ClientMetrics | undefined;
  readonly metricsIntervalMs?: number | undefined;
  readonly lagMonitor?: LagMonitorOptions | undefined;
}

/** What is watched. */
export interface Watched extends Laggard {
  /** With the namespace. */
  readonly group: string;
  readonly events: ConsumerEventSource;
  readonly stats: { readonly topics: Iterable<string>; statusOf(topic: string): ConsumeRates };
}

/** Calls `every` for each of the reports that are wanted. @throws InvalidArgumentError */
export function watchConsumer(
  watched: Watched,
  { metrics, metricsIntervalMs, lagMonitor }: WatchOptions,
  every: (intervalMs: number, work: () => Promise<void>) => void,
): void {
  if (metrics !== undefined) {
    every(positive('metricsIntervalMs', metricsIntervalMs, 15_000), async () => reportMetrics(watched, metrics));
  }
  if (lagMonitor !== undefined) {
    const { threshold, intervalMs } = lagMonitor;
    every(positive('lagMonitor.intervalMs', intervalMs, 30_000), async () => {
      const queues = await lagOf(watched);
      const total = queues.reduce((sum, { lag }) => sum + lag, 0);
      if (total > threshold) watched.events.emit('lag', { total, queues });
    });
  }
}

function reportMetrics({ client, group, stats }: Watched, metrics: ClientMetrics): void {
  const { namespace = '' } = client.options;
  const { clientId } = client;
  const clientAddr = clientId.substring(0, clientId.indexOf('@'));
  for (const topic of stats.topics) {
    const name = isRetryTopic(topic) ? topic : withoutNamespace(topic, namespace);
    const labels = { clientAddr, clientId, group: withoutNamespace(group, namespace), topic: name };
    reportRates(metrics, stats.statusOf(topic), labels);
  }
}
