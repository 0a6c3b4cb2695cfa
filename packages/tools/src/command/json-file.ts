/** Reading lists of settings from a file that an operator wrote. */
import { type Files, type JsonValue, MalformedDataError, parseJson } from '@rocketmq-ts/common';

/**
 * Reads a JSON list of at least one member.
 *
 * @throws Error that names the file when it is missing or holds anything else
 */
export function readJsonList<T>(files: Files, path: string, read: (value: JsonValue) => T): T[] {
  if (files.statSync(path) === undefined) throw new Error(`the file path ${path} does not exist`);
  try {
    const list = parseJson(files.readFileSync(path));
    if (!Array.isArray(list)) throw new MalformedDataError('a list is expected');
    if (list.length === 0) throw new MalformedDataError('the list is empty');
    return list.map(read);
  } catch (error) {
    if (error instanceof MalformedDataError) throw new Error(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}
