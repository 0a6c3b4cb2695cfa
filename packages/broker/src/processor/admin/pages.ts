/** Pages of a table that slaves and tools copy, for those that ask for pages. */
import { DataVersion, MalformedDataError, parseJson } from '@rocketmq-ts/common';

export interface PageRequest {
  /** Index of the first entry; 0 when absent. */
  readonly start: number | undefined;
  readonly size: number | undefined;
  /** JSON of the version that the earlier pages had. */
  readonly dataVersion: string | undefined;
}

/** The entries of one page, by name. When the table changed since the page before, the first ones again. */
export function pageOf<V>(
  table: ReadonlyMap<string, V>,
  version: DataVersion,
  { start = 0, size = Number.MAX_SAFE_INTEGER, dataVersion }: PageRequest,
  maxSize: number,
): Map<string, V> {
  const first = start > 0 && isSameVersion(dataVersion, version) ? start : 0;
  const names = [...table.keys()].sort().slice(first, first + Math.max(0, Math.min(size, maxSize)));
  return new Map(names.map((name) => [name, table.get(name) as V]));
}

function isSameVersion(text: string | undefined, version: DataVersion): boolean {
  if (text === undefined || text === '') return false;
  try {
    return DataVersion.fromJson(parseJson(text, { maxDepth: 2 })).equals(version);
  } catch (error) {
    if (error instanceof MalformedDataError) return false;
    throw error;
  }
}
