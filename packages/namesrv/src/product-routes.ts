/** In cluster-test mode: routes of topics that only the product environment has. */
import type { Logger } from '@rocketmq-ts/common';
import { GET_ROUTEINFO_BY_TOPIC, type RemotingClient, RemotingError, ResponseCode } from '@rocketmq-ts/remoting';

const TIMEOUT_MS = 3000;

export interface ProductRoutesOptions {
  readonly client: Pick<RemotingClient, 'invoke'>;
  readonly logger: Logger;
  /** Name servers of the product environment, `host:port`. */
  readonly namesrvAddrs: readonly string[];
  /** `productEnvName`, for the log. */
  readonly envName: string;
}

/** Asks the name servers one after the other, until one answers. Source: ClusterTestRequestProcessor. */
export class ProductRoutes {
  readonly #options: ProductRoutesOptions;

  constructor(options: ProductRoutesOptions) {
    this.#options = options;
  }

  /** The body of the route; `undefined` when there is none, or no name server answered. */
  async route(topic: string): Promise<Buffer | undefined> {
    const { client, logger, namesrvAddrs, envName } = this.#options;
    for (const address of namesrvAddrs) {
      try {
        const response = await client.invoke(address, GET_ROUTEINFO_BY_TOPIC, { topic }, { timeoutMs: TIMEOUT_MS });
        return response.code === ResponseCode.SUCCESS ? copy(response.body) : undefined;
      } catch (error) {
        if (!(error instanceof RemotingError)) throw error;
        logger.info('no route from the product environment', { envName, address, topic, reason: error.message });
      }
    }
    return undefined;
  }
}

/** The body is a view of the received chunk, and the answer leaves later. */
function copy(body: Buffer | undefined): Buffer | undefined {
  return body === undefined ? undefined : Buffer.from(body);
}
