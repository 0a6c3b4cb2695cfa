/** Limits on reading old data from disk. */
import { defineCommand, defineHeader, type Header, optional } from '../header-schema.js';

export const UPDATE_COLD_DATA_FLOW_CTR_CONFIG = defineCommand({
  code: 2001,
  name: 'UPDATE_COLD_DATA_FLOW_CTR_CONFIG',
  to: ['broker'],
  doc: 'Limits how much old data groups may read.',
});

export const REMOVE_COLD_DATA_FLOW_CTR_CONFIG = defineCommand({
  code: 2002,
  name: 'REMOVE_COLD_DATA_FLOW_CTR_CONFIG',
  to: ['broker'],
  doc: 'Removes the limit of a group.',
});

export const GET_COLD_DATA_FLOW_CTR_INFO = defineCommand({
  code: 2003,
  name: 'GET_COLD_DATA_FLOW_CTR_INFO',
  to: ['broker'],
  doc: 'Reports how much old data groups have read.',
});

export const SetCommitLogReadModeRequestHeader = defineHeader('SetCommitLogReadModeRequestHeader', {
  mode: optional('string', { wire: 'READ_AHEAD_MODE', doc: '0 normal read-ahead, 1 random access.' }),
});
export type SetCommitLogReadModeRequestHeader = Header<typeof SetCommitLogReadModeRequestHeader>;

export const SET_COMMITLOG_READ_MODE = defineCommand({
  code: 2004,
  name: 'SET_COMMITLOG_READ_MODE',
  to: ['broker'],
  request: SetCommitLogReadModeRequestHeader,
  doc: 'Chooses how the system reads ahead in the commit log.',
});
