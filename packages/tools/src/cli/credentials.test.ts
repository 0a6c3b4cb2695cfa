import { MemoryFiles } from '@rocketmq-ts/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { credentialsOf, readCredentials } from './credentials.js';

test('keys are read plain or quoted, and comments are not', () => {
  expect(readCredentials('# tools\naccessKey: rocketmq2\nsecretKey: "12345678"  # mine\n')).toEqual({
    accessKey: 'rocketmq2',
    secretKey: '12345678',
  });
});

test('a file without both keys has no credentials', () => {
  expect(readCredentials('accessKey: a\n')).toBeUndefined();
});

test('any text has credentials or none', () => {
  fc.assert(fc.property(fc.string(), (text) => void readCredentials(text)));
});

test('without a home, or without a file in it, there are none', () => {
  const files = new MemoryFiles();
  expect(credentialsOf(files, undefined)).toBeUndefined();
  expect(credentialsOf(files, '/home')).toBeUndefined();
});
