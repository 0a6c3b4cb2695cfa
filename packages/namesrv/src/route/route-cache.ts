/** Keeps the encoded routes of topics until something in them changes: clients ask for the same ones every 30 seconds. */
import { type JsonStyle, topicRouteJson } from './route-json.js';
import type { RouteTables } from './route-tables.js';
import { pickupTopicRoute } from './topic-route.js';

/** How a route is shown: the settings and the form of JSON that an entry was encoded with. */
export interface RouteView {
  readonly supportActingMaster: boolean;
  readonly orderTopicConf: string | undefined;
  readonly style: JsonStyle;
}

interface CachedRoute extends RouteView {
  readonly topicRevision: number;
  readonly brokerRevision: number;
  readonly body: Buffer;
}

const DEFAULT_LIMIT_BYTES = 64 * 1024 * 1024;
/** What an entry costs besides its body, roughly. */
const ENTRY_OVERHEAD_BYTES = 300;

/** Bounded by bytes; when full, it starts over empty. */
export class RouteCache {
  readonly #tables: RouteTables;
  readonly #limitBytes: number;
  readonly #routes = { fastjson: new Map<string, CachedRoute>(), standard: new Map<string, CachedRoute>() };
  #bytes = 0;

  constructor(tables: RouteTables, limitBytes = DEFAULT_LIMIT_BYTES) {
    this.#tables = tables;
    this.#limitBytes = limitBytes;
  }

  /** The encoded route; `undefined` when no known broker hosts the topic. */
  get(topic: string, view: RouteView): Buffer | undefined {
    const queues = this.#tables.topics.get(topic);
    const routes = this.#routes[view.style];
    const cached = routes.get(topic);
    if (cached !== undefined && queues !== undefined && this.#isValid(cached, queues.revision, view))
      return cached.body;
    if (cached !== undefined) this.#forget(topic, cached);
    const route = pickupTopicRoute(this.#tables, topic, view);
    if (route === undefined || queues === undefined) return undefined;
    const body = topicRouteJson({ ...route, orderTopicConf: view.orderTopicConf }, view.style);
    this.#keep(topic, { ...view, topicRevision: queues.revision, brokerRevision: this.#tables.brokerRevision, body });
    return body;
  }

  #isValid(cached: CachedRoute, topicRevision: number, view: RouteView): boolean {
    return (
      cached.topicRevision === topicRevision &&
      cached.brokerRevision === this.#tables.brokerRevision &&
      cached.supportActingMaster === view.supportActingMaster &&
      cached.orderTopicConf === view.orderTopicConf
    );
  }

  #keep(topic: string, route: CachedRoute): void {
    this.#bytes += route.body.length + ENTRY_OVERHEAD_BYTES;
    if (this.#bytes > this.#limitBytes) {
      this.#routes.fastjson.clear();
      this.#routes.standard.clear();
      this.#bytes = route.body.length + ENTRY_OVERHEAD_BYTES;
    }
    this.#routes[route.style].set(topic, route);
  }

  #forget(topic: string, route: CachedRoute): void {
    this.#routes[route.style].delete(topic);
    this.#bytes -= route.body.length + ENTRY_OVERHEAD_BYTES;
  }
}
