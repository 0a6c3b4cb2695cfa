/** GET_ROUTEINFO_BY_TOPIC: the brokers and queues of a topic, the request that every client repeats. */
import {
  type Answer,
  GET_ROUTEINFO_BY_TOPIC,
  type GetRouteInfoRequestHeader,
  type Processor,
  processor,
  ResponseCode,
  V4_9_4,
} from '@rocketmq-ts/remoting';
import { ORDER_TOPIC_CONFIG } from '../kv/kv-config-manager.js';
import type { JsonStyle } from '../route/route-json.js';
import { successWith } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

const NOT_READY: Answer<never> = { code: ResponseCode.SYSTEM_ERROR, remark: 'name server not ready' };
/** The hint that the reference adds. Source: FAQUrl#suggestTodo. */
const SUGGEST_FAQ = '\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.';

type Needs = Pick<NamesrvContext, 'routes' | 'kv' | 'config' | 'clock' | 'startedMs' | 'productRoute'>;

/** Source: ClientRequestProcessor, ZoneRouteRPCHook; with `clusterTest` ClusterTestRequestProcessor. */
export function getRouteInfoByTopic(needs: Needs): Processor {
  const { productRoute } = needs;
  return processor(GET_ROUTEINFO_BY_TOPIC, Lanes.CLIENT, (header, { command }) => {
    if (isStarting(needs)) return NOT_READY;
    const body = localRoute(needs, header, command.version);
    if (body !== undefined) return successWith(body);
    if (productRoute === undefined) return notFound(header.topic);
    return productRoute(header.topic).then((found) =>
      found === undefined ? notFound(header.topic) : successWith(found),
    );
  });
}

/** Right after a start most brokers are missing still; clients had better keep the routes that they have. */
function isStarting({ config, clock, startedMs }: Needs): boolean {
  return config.needWaitForService && clock.monotonicMs() - startedMs < config.waitSecondsForService * 1000;
}

function localRoute(
  { routes, kv, config }: Needs,
  header: GetRouteInfoRequestHeader,
  version: number,
): Buffer | undefined {
  const { topic, zoneMode, zoneName, acceptStandardJsonOnly } = header;
  const view = {
    supportActingMaster: config.supportActingMaster,
    orderTopicConf: config.orderMessageEnable || config.clusterTest ? kv.get(ORDER_TOPIC_CONFIG, topic) : undefined,
  };
  if (zoneMode === true && zoneName !== undefined && zoneName.trim() !== '') {
    // The reference's filter writes its result again, and always in the style of Java clients.
    return routes.topicRouteOfZone(topic, zoneName, { ...view, style: 'fastjson' });
  }
  const style: JsonStyle = acceptStandardJsonOnly === true || version >= V4_9_4 ? 'standard' : 'fastjson';
  return routes.topicRoute(topic, { ...view, style });
}

function notFound(topic: string): Answer<never> {
  const remark = `No topic route info in name server for the topic: ${topic}${SUGGEST_FAQ}`;
  return { code: ResponseCode.TOPIC_NOT_EXIST, remark };
}
