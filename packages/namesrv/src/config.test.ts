import { readFileSync } from 'node:fs';
import { type ConfigDeclaration, Configuration, createConfig, type Environment } from '@rocketmq-ts/common';
import { describe, expect, test } from 'vitest';
import { namesrvConfigDeclaration } from './config.js';

/** The machine the reference's defaults were recorded on. */
const environment: Environment = {
  hostName: '<depends on the machine>',
  localAddress: '<depends on the machine>',
  cpuCount: 2,
  userHome: '/home/rocketmq',
  variables: {},
  systemProperties: new Map(),
};

const declarations: readonly ConfigDeclaration[] = [namesrvConfigDeclaration];

const recorded: Record<string, Record<string, string>> = JSON.parse(
  readFileSync(new URL('testdata/config-defaults.json', import.meta.url), 'utf8'),
);

/** Names that a peer must never be able to set: paths, addresses, identities, classes, credentials. */
const FORBIDDEN =
  /Path|Dir|Home|Addr(?!.*(Period|Interval))|IP[12]|Plugin|PlugIn|Provider|Password|Credential|User$|Target|Host$|Port$|brokerName|ClusterName|brokerId|BlackList/;

describe.each(declarations)('$name', (declaration) => {
  test('has the defaults of the reference', () => {
    const text = new Configuration().add(declaration, createConfig(declaration, environment)).toPropertiesText();
    const expected = Object.entries(recorded[declaration.name] ?? {});
    const lines = text.trimEnd().split('\n');
    const onMachine = (name: string) => expected.find(([key]) => key === name)?.[1] === '<depends on the machine>';
    const comparable = lines
      .map((line) => line.slice(0, line.indexOf('=')))
      .map((name, i) => (onMachine(name) ? name : lines[i]));
    expect(comparable).toEqual(expected.map(([key, value]) => (onMachine(key) ? key : `${key}=${value}`)).sort());
  });

  test('accepts its own defaults', () => {
    const configuration = new Configuration().add(declaration, createConfig(declaration, environment));
    expect(configuration.load(configuration.toFileText())).toEqual([]);
  });

  test('lets no path, address, identity, class or credential change while running', () => {
    const reloadable = Object.entries(declaration.parameters)
      .filter(([, declared]) => declared.reloadable)
      .filter(([name, declared]) => declared.kind === 'string' || FORBIDDEN.test(name));
    expect(reloadable.map(([name]) => name)).toEqual([]);
  });
});
