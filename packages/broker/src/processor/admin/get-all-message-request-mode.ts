/** GET_ALL_MESSAGE_REQUEST_MODE: all choices between pull and pop. */
import {
  GET_ALL_MESSAGE_REQUEST_MODE,
  MessageRequestModeSerializeWrapper,
  type Processor,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { MessageRequestModeManager } from '../../client/message-request-mode-manager.js';
import { Lanes } from '../lanes.js';

/** Source: AdminBrokerProcessor#getAllMessageRequestMode. */
export function getAllMessageRequestMode({ modes }: { modes: Pick<MessageRequestModeManager, 'table'> }): Processor {
  return processor(GET_ALL_MESSAGE_REQUEST_MODE, Lanes.ADMIN, () => ({
    code: ResponseCode.SUCCESS,
    body: MessageRequestModeSerializeWrapper.encode({ messageRequestModeMap: modes.table }),
  }));
}
