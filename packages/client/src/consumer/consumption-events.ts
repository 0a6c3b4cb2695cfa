/** What becomes of progress and failures: offsets, figures, events. */
import type { ConsumerCore } from './consumer-core.js';
import type { ConsumptionEvents } from './consumption.js';

/** What the ways of consuming tell: progress, figures, and failures of handlers as events. */
export function consumptionEvents<T>(
  core: Pick<ConsumerCore<T>, 'client' | 'stats' | 'offsets' | 'events'>,
): ConsumptionEvents<T> {
  const { clock } = core.client.ports;
  const { stats, offsets } = core;
  return {
    consumed(processQueue, offset) {
      processQueue.lastConsumeTimestamp = clock.now();
      offsets.update(processQueue.queue, offset);
    },
    handled(topic, count, tookMs, error) {
      stats.handled(topic, count, tookMs, error !== undefined);
      if (error !== undefined) core.events.emit('error', { what: 'handler', error });
    },
  };
}
