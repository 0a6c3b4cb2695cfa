// Requests are signed as the reference signs them.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { requestSigner } from './request-signer.js';

interface SignedRequest {
  readonly code: number;
  readonly extFields: Record<string, string>;
  readonly body: string | null;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly securityToken: string | null;
  readonly extFieldsAfter: Record<string, string>;
}

const golden: readonly SignedRequest[] = JSON.parse(
  readFileSync(new URL('testdata/signed-requests.json', import.meta.url), 'utf8'),
);

test('signatures are those of the reference', () => {
  for (const { code, extFields: ext, body, accessKey, secretKey, securityToken, extFieldsAfter } of golden) {
    const token = securityToken === null ? {} : { securityToken };
    const sign = requestSigner({ accessKey, secretKey, ...token }, undefined);
    const added = sign?.({ code, ext, body: body === null ? undefined : Buffer.from(body) });
    expect({ ...ext, ...added }).toEqual(extFieldsAfter);
  }
});

test('a namespace goes with every request, and is part of what is signed', () => {
  const plain = requestSigner(undefined, 'ns1');
  expect(plain?.({ code: 1, ext: {}, body: undefined })).toEqual({ nsd: 'true', ns: 'ns1' });
  const signed = requestSigner({ accessKey: 'a', secretKey: 's' }, 'ns1')?.({ code: 1, ext: {}, body: undefined });
  const bare = requestSigner({ accessKey: 'a', secretKey: 's' }, undefined)?.({ code: 1, ext: {}, body: undefined });
  expect(signed).toMatchObject({ ns: 'ns1', AccessKey: 'a' });
  expect(signed?.Signature).not.toBe(bare?.Signature);
});

test('nothing is added when there is nothing to add', () => {
  expect(requestSigner(undefined, undefined)).toBeUndefined();
});
