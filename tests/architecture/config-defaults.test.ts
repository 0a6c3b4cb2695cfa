// Declared configurations have the reference's names and defaults, and nothing that a peer must not change is reloadable.
import { readFileSync } from 'node:fs';
import {
  type ConfigDeclaration,
  Configuration,
  createConfig,
  type Environment,
  MASKED_SECRET,
} from '@rocketmq-ts/common';
import { describe, expect, test } from 'vitest';
import { DECLARATIONS } from './config-declarations.js';

const ON_MACHINE = '<depends on the machine>';

/** The machine the reference's defaults were recorded on. */
const environment: Environment = {
  hostName: ON_MACHINE,
  localAddress: ON_MACHINE,
  cpuCount: 2,
  userHome: '/home/rocketmq',
  variables: {},
  systemProperties: new Map(),
};

/** By class, then key. System properties have no class in the reference that would list them. */
const recorded: Record<string, Record<string, string>> = JSON.parse(
  readFileSync(new URL('testdata/config-defaults.json', import.meta.url), 'utf8'),
);

const declarations = DECLARATIONS.map(([, declaration]) => declaration);

/** May hold credentials of a proxy, so it is shown masked. */
const MASKED = 'socksProxyConfig';

/** Names that a peer must never be able to set: paths, addresses, identities, classes, credentials. */
const FORBIDDEN =
  /Path|Dir|Home|Addr(?!.*(Period|Interval))|IP[12]|Plugin|PlugIn|Provider|Password|Credential|User$|Target|Host$|Port$|brokerName|ClusterName|brokerId|BlackList/;

/** The only texts that may change while running: hours of the day. */
const RELOADABLE_TEXTS = ['timerCheckMetricsWhen', 'deleteWhen'];

test('all classes that were recorded are declared', () => {
  expect(declarations.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(recorded)));
});

test.each(declarations.filter(({ name }) => name in recorded))(
  '$name has the defaults of the reference',
  (declaration) => {
    const lines = configurationOf(declaration).toPropertiesText().trimEnd().split('\n');
    const expected = Object.entries(recorded[declaration.name]!).map(([key, value]): [string, string] => [
      key,
      key === MASKED ? MASKED_SECRET : value,
    ]);
    const onMachine = new Set(expected.filter(([, value]) => value === ON_MACHINE).map(([key]) => key));
    const comparable = lines.map((line) => {
      const name = line.slice(0, line.indexOf('='));
      return onMachine.has(name) ? name : line;
    });
    expect(comparable).toEqual(expected.map(([key, value]) => (onMachine.has(key) ? key : `${key}=${value}`)).sort());
  },
);

describe.each(declarations)('$name', (declaration) => {
  test('accepts its own defaults', () => {
    const configuration = configurationOf(declaration);
    expect(configuration.load(configuration.toFileText())).toEqual([]);
  });

  test('lets no path, address, identity, class or credential change while running', () => {
    const reloadable = Object.entries(declaration.parameters)
      .filter(([name, declared]) => declared.reloadable && !RELOADABLE_TEXTS.includes(name))
      .filter(([name, declared]) => declared.kind === 'string' || FORBIDDEN.test(name));
    expect(reloadable.map(([name]) => name)).toEqual([]);
  });
});

function configurationOf(declaration: ConfigDeclaration): Configuration {
  return new Configuration().add(declaration, createConfig(declaration, environment));
}
