// The rules of the house that the compiler and the linter cannot hold. See rules/ for each.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { filesWithoutOpening, oversized, ratchetProblems, undocumentedExports } from './rules/form.js';
import { escapingImports, importCycles, layerProblems } from './rules/layers.js';
import { outsideWorldProblems } from './rules/outside-world.js';
import { readPackages } from './source-tree.js';

const packages = readPackages();
const ratchet = JSON.parse(readFileSync(new URL('ratchet.json', import.meta.url), 'utf8'));

test('a package imports only from lower layers, and what its package.json names', () => {
  expect(layerProblems(packages)).toEqual([]);
});

test('no relative import leaves its package', () => {
  expect(escapingImports(packages)).toEqual([]);
});

test('no package has an import cycle', () => {
  expect(importCycles(packages)).toEqual([]);
});

test('time, disk, sockets and randomness come through the ports, and no code from outside is run', () => {
  expect(outsideWorldProblems(packages)).toEqual([]);
});

test('files have at most 300 lines and functions 70; what is longer may only shrink', () => {
  expect(ratchetProblems(oversized(packages), ratchet)).toEqual([]);
});

test('every file opens with what it is for', () => {
  expect(filesWithoutOpening(packages)).toEqual([]);
});

test('every exported name has a docstring', () => {
  expect(undocumentedExports(packages)).toEqual([]);
});
