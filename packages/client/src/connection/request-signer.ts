/** The fields that go with every request: the namespace (V2), and the signature where credentials are set. */
import { createHmac } from 'node:crypto';
import type { ExtFields, RequestSigner } from '@rocketmq-ts/remoting';
import type { Credentials } from '../client-options.js';

/**
 * Signs with HMAC-SHA1 over the values of all fields in the order of their
 * names, followed by the body. Undefined when there is nothing to add.
 * Source: AclClientRPCHook, NamespaceRpcHook.
 */
export function requestSigner(
  credentials: Credentials | undefined,
  namespaceV2: string | undefined,
): RequestSigner | undefined {
  if (credentials === undefined && namespaceV2 === undefined) return undefined;
  const fixed: Record<string, string> = {};
  if (namespaceV2 !== undefined) Object.assign(fixed, { nsd: 'true', ns: namespaceV2 });
  if (credentials === undefined) return () => fixed;
  fixed.AccessKey = credentials.accessKey;
  if (credentials.securityToken !== undefined) fixed.SecurityToken = credentials.securityToken;
  return ({ ext, body }) => {
    const hmac = createHmac('sha1', credentials.secretKey);
    hmac.update(signedFields({ ...ext, ...fixed }));
    for (const part of bodyParts(body)) hmac.update(part);
    return { ...fixed, Signature: hmac.digest('base64') };
  };
}

function signedFields(ext: ExtFields): string {
  let text = '';
  for (const name of Object.keys(ext).sort()) if (name !== 'Signature') text += ext[name];
  return text;
}

function bodyParts(body: Parameters<RequestSigner>[0]['body']): readonly Uint8Array[] {
  if (body === undefined) return [];
  return body instanceof Uint8Array ? [body] : body;
}
