/** UPDATE_NAMESRV_CONFIG: changes settings that are declared reloadable; all others are refused. */
import { type Processor, processor, UPDATE_NAMESRV_CONFIG } from '@rocketmq-ts/remoting';
import { SUCCESS } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#updateConfig. */
export function updateNamesrvConfig({
  configService,
  logger,
}: Pick<NamesrvContext, 'configService' | 'logger'>): Processor {
  return processor(UPDATE_NAMESRV_CONFIG, Lanes.DEFAULT, async (_, { command, connection }) => {
    const peer = connection.remoteAddress;
    if (command.body === undefined) return SUCCESS;
    await configService.update(command.body);
    logger.info('configuration updated', { peer });
    return SUCCESS;
  });
}
