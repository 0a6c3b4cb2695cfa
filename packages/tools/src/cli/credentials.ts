/** Who signs the requests of mqadmin: `conf/tools.yml` below ROCKETMQ_HOME, as in the reference. */

import type { Credentials } from '@rocketmq-ts/client';
import type { Files } from '@rocketmq-ts/common';

const MAX_BYTES = 64 * 1024;
const LINE = /^(accessKey|secretKey|securityToken)\s*:\s*(?:"([^"]*)"|'([^']*)'|([^#]*))/;

/** The keys of a `tools.yml`; undefined when it has none. Only flat keys are looked at. Source: AclUtils#getAclRPCHook. */
export function readCredentials(text: string): Credentials | undefined {
  const found = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = LINE.exec(line);
    if (match !== null) found.set(match[1]!, (match[2] ?? match[3] ?? match[4] ?? '').trim());
  }
  const accessKey = found.get('accessKey');
  const secretKey = found.get('secretKey');
  const securityToken = found.get('securityToken');
  if (!accessKey || !secretKey) return undefined;
  return { accessKey, secretKey, ...(securityToken ? { securityToken } : {}) };
}

/** The keys of the installation at `home`; undefined when there are none. */
export function credentialsOf(files: Files, home: string | undefined): Credentials | undefined {
  if (home === undefined || home === '') return undefined;
  const path = `${home}/conf/tools.yml`;
  const stat = files.statSync(path);
  if (stat === undefined || stat.isDirectory) return undefined;
  if (stat.sizeBytes > MAX_BYTES) throw new Error(`${path}: ${stat.sizeBytes} bytes are more than ${MAX_BYTES}`);
  return readCredentials(files.readFileSync(path).toString('utf8'));
}
