/** A container that runs several brokers in one process. */
import { defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';

export const AddBrokerRequestHeader = defineHeader('AddBrokerRequestHeader', {
  configPath: optional('string', { doc: 'Configuration file of the new inner broker.' }),
});
export type AddBrokerRequestHeader = Header<typeof AddBrokerRequestHeader>;

export const ADD_BROKER = defineCommand({
  code: 902,
  name: 'ADD_BROKER',
  to: ['container'],
  request: AddBrokerRequestHeader,
  doc: 'Starts one more broker in the container.',
});

export const RemoveBrokerRequestHeader = defineHeader('RemoveBrokerRequestHeader', {
  brokerName: required('string'),
  brokerClusterName: required('string'),
  brokerId: required('long'),
});
export type RemoveBrokerRequestHeader = Header<typeof RemoveBrokerRequestHeader>;

export const REMOVE_BROKER = defineCommand({
  code: 903,
  name: 'REMOVE_BROKER',
  to: ['container'],
  request: RemoveBrokerRequestHeader,
  doc: 'Stops a broker of the container.',
});
