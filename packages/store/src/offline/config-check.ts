/** Looks at a store's `config/*.json`: whether they can be read, and which topics they name. */
import { isJsonObject, type JsonValue, jsonEntries, MalformedDataError, parseJson } from '@rocketmq-ts/common';
import type { ProblemList } from './report.js';
import type { StoreDirectory } from './store-directory.js';

/** Names of the files; those that cannot be read are problems. */
export function checkConfig(directory: StoreDirectory, problems: ProblemList): string[] {
  const names = directory.files.readdirSync(directory.path('config')).filter((name) => name.endsWith('.json'));
  for (const name of names) {
    const value = parsed(directory, name);
    if (value instanceof MalformedDataError) problems.add('config', `config/${name}`, value.message);
  }
  return names;
}

/** The topics that are configured; undefined when that cannot be known. */
export function configuredTopics(directory: StoreDirectory): ReadonlySet<string> | undefined {
  const attributes = topicAttributes(directory);
  return attributes === undefined ? undefined : new Set(attributes.keys());
}

/** The attributes of the topics that are configured, without the reference's `+`; undefined when they cannot be known. */
export function topicAttributes(directory: StoreDirectory): Map<string, ReadonlyMap<string, string>> | undefined {
  if (!directory.has('config/topics.json')) return undefined;
  const value = parsed(directory, 'topics.json');
  if (value instanceof MalformedDataError || !isJsonObject(value) || value.topicConfigTable === undefined)
    return undefined;
  const topics = new Map<string, ReadonlyMap<string, string>>();
  for (const [name, topic] of jsonEntries(value.topicConfigTable)) {
    const attributes = new Map<string, string>();
    if (isJsonObject(topic) && topic.attributes !== undefined)
      for (const [key, text] of jsonEntries(topic.attributes))
        attributes.set(String(key).replace(/^\+/, ''), String(text));
    topics.set(String(name), attributes);
  }
  return topics;
}

function parsed(directory: StoreDirectory, name: string): JsonValue | MalformedDataError {
  try {
    return parseJson(directory.files.readFileSync(directory.path(`config/${name}`)));
  } catch (error) {
    if (error instanceof MalformedDataError) return error;
    throw error;
  }
}
