/** GET_NAMESRV_CONFIG: the settings as properties text, secrets masked. */
import { GET_NAMESRV_CONFIG, type Processor, processor } from '@rocketmq-ts/remoting';
import { successWith } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#getConfig. */
export function getNamesrvConfig({ configService }: Pick<NamesrvContext, 'configService'>): Processor {
  return processor(GET_NAMESRV_CONFIG, Lanes.DEFAULT, () => successWith(Buffer.from(configService.describe())));
}
