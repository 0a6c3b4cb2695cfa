/** How the messages of a consumer are read: their topics as the application names them, and its codec. */
import { findProperty, isRetryTopic, MessageConst, withoutNamespace } from '@rocketmq-ts/common';
import type { ClientInstance } from '../client-instance.js';
import { bytes, type Codec } from '../codec.js';
import type { MessageSource } from './received-message.js';

/** Without a codec, values are the bytes. */
export function messageSourceOf<T>(client: ClientInstance, codec: Codec<T> | undefined): MessageSource<T> {
  const { namespace } = client.options;
  return {
    codec: codec ?? (bytes as Codec<unknown> as Codec<T>),
    compressors: client.compressors,
    topicOf: (storedTopic, propertiesText) => {
      const topic = isRetryTopic(storedTopic) ? originalTopic(storedTopic, propertiesText) : storedTopic;
      return namespace === undefined ? topic : withoutNamespace(topic, namespace);
    },
  };
}

function originalTopic(retryTopic: string, propertiesText: string): string {
  return findProperty(propertiesText, MessageConst.PROPERTY_RETRY_TOPIC) ?? retryTopic;
}
