import { describe, expect, test } from 'vitest';
import { configReference } from './config-reference.js';
import { ConfigError, ConfigNotReloadableError, Configuration, createSystemConfig } from './configuration.js';
import { createConfig, defineConfig } from './declaration.js';
import { type Environment, readSystemProperties } from './environment.js';
import { nearestName } from './nearest-name.js';
import { parameter as p } from './parameter.js';

const environment: Environment = {
  hostName: 'box',
  localAddress: '10.0.0.1',
  cpuCount: 2,
  userHome: '/home/u',
  variables: {},
  systemProperties: new Map([
    ['tls.enable', 'true'],
    ['other', '1'],
  ]),
};

const declaration = defineConfig({
  name: 'SampleConfig',
  doc: 'A sample.',
  parameters: {
    brokerName: p.string({ default: (e) => e.hostName, important: true, effective: true, doc: 'Name.' }),
    storePath: p.optionalString({ effective: true, doc: 'Where.' }),
    flushIntervalMs: p.int({
      default: 500,
      unit: 'ms',
      min: 1,
      max: 1000,
      reloadable: true,
      effective: true,
      doc: 'Period.',
    }),
    ratio: p.double({ default: 8000, reloadable: true, effective: true, doc: 'Ratio.' }),
    traceOn: p.boolean({ default: true, reloadable: true, effective: true, doc: 'Trace.' }),
    deleteWhen: p.string({ default: '04', reloadable: true, effective: true, doc: 'Hour | minute.' }),
    role: p.oneOf(['MASTER', 'SLAVE'], { default: 'MASTER', effective: true, doc: 'Role.' }),
    password: p.optionalString({ secret: true, effective: true, doc: 'Secret.' }),
    later: p.boolean({ default: false, doc: 'Not built yet.' }),
    lock: p.boolean({ default: true, moot: 'there are no locks', doc: 'Lock.' }),
    bound: p.int({ default: 7, ours: true, effective: true, doc: 'Bound.' }),
    force: p.boolean({ default: true, reloadable: true, effective: true, deliberate: true, doc: 'Dangerous.' }),
    isOld: p.boolean({ default: false, effective: true, key: 'old', doc: 'Read by its setter.' }),
  },
});

function sample() {
  const values = createConfig(declaration, environment);
  return { values, configuration: new Configuration().add(declaration, values) };
}

describe('createConfig', () => {
  test('takes defaults from the environment, and overrides over them', () => {
    const values = createConfig(declaration, environment, { role: 'SLAVE' });
    expect(values.brokerName).toBe('box');
    expect(values.role).toBe('SLAVE');
    expect(values.storePath).toBeUndefined();
  });

  test('reads the declared system properties only', () => {
    const tls = defineConfig({
      name: 'Tls',
      doc: 'Tls.',
      parameters: { 'tls.enable': p.boolean({ default: false, doc: 'Tls.' }) },
    });
    expect(createSystemConfig(tls, environment)).toEqual({ 'tls.enable': true });
  });
});

describe('load', () => {
  test('a class that the reference does not register is shown and written as far as it is set', () => {
    const configuration = new Configuration().add(declaration, createConfig(declaration, environment), {
      shownWhenSet: true,
    });
    expect(configuration.toPropertiesText()).toBe('');
    configuration.load('traceOn=true');
    expect(configuration.toPropertiesText()).toBe('traceOn=true\n');
    expect(configuration.toFileText()).toContain('traceOn=true');
    expect(configuration.toFileText()).not.toContain('ratio');
  });

  test('a key of our own is shown and written once it is set', () => {
    const { configuration } = sample();
    expect(configuration.toPropertiesText()).not.toContain('bound');
    expect(configuration.toFileText()).not.toContain('bound');
    configuration.load('bound=7');
    expect(configuration.toPropertiesText()).toContain('bound=7');
    expect(configuration.toFileText()).toContain('bound=7');
  });

  test('sets the values of a file, by the name of the field or of its setter', () => {
    const { values, configuration } = sample();
    expect(configuration.load('flushIntervalMs = 20 \nrole=slave\nratio=0.5\nold=TRUE\nstorePath=/s')).toEqual([]);
    expect(values).toMatchObject({ flushIntervalMs: 20, role: 'SLAVE', ratio: 0.5, isOld: true, storePath: '/s' });
  });

  test('warns of an unknown key with the nearest name', () => {
    const { configuration } = sample();
    const [warning] = configuration.load('flushIntervallMs=20\n__proto__=1');
    expect(warning?.message).toBe("'flushIntervallMs' is not a known key; did you mean 'flushIntervalMs'?");
  });

  test('says why nothing needs to act on a key', () => {
    const [warning] = sample().configuration.load('lock=false');
    expect(warning?.message).toBe("'lock' changes nothing: there are no locks");
    expect(warning?.isMoot).toBe(true);
  });

  test('warns of a key that nothing acts on, unless it has the value anyway', () => {
    const { configuration } = sample();
    expect(configuration.load('later=false')).toEqual([]);
    expect(configuration.load('later=true')).toEqual([
      { key: 'later', message: "'later' is known, but nothing acts on it yet", isMoot: false },
    ]);
  });

  test('names key, value and range of every bad value and sets nothing', () => {
    const { values, configuration } = sample();
    expect.assertions(2);
    try {
      configuration.load('flushIntervalMs=0\ntraceOn=maybe\nbrokerName=x\nrole=NONE\nratio=much');
    } catch (error) {
      expect((error as ConfigError).problems).toEqual([
        'flushIntervalMs: "0" is not accepted, expected a whole number from 1 to 1000',
        'traceOn: "maybe" is not accepted, expected true or false',
        'role: "NONE" is not accepted, expected one of MASTER, SLAVE',
        'ratio: "much" is not accepted, expected a number',
      ]);
    }
    expect(values.brokerName).toBe('box');
  });

  test('sets a key in every class that has it', () => {
    const { values, configuration } = sample();
    const other = defineConfig({
      name: 'Other',
      doc: 'Other.',
      parameters: { flushIntervalMs: p.long({ default: 1, effective: true, doc: 'Same.' }) },
    });
    const otherValues = createConfig(other, environment);
    configuration.add(other, otherValues).load('flushIntervalMs=7');
    expect([values.flushIntervalMs, otherValues.flushIntervalMs]).toEqual([7, 7]);
    expect(() => configuration.update('flushIntervalMs=8')).toThrow(ConfigNotReloadableError);
  });
});

describe('update', () => {
  test('changes what is on the white list and tells listeners', () => {
    const { values, configuration } = sample();
    const heard: unknown[] = [];
    configuration.onChange((changes) => heard.push(...changes));
    expect(configuration.update('flushIntervalMs=9\ntraceOn=true')).toHaveLength(1);
    expect(values.flushIntervalMs).toBe(9);
    expect(heard).toEqual([{ key: 'flushIntervalMs', value: 9, previous: 500 }]);
  });

  test.each(['storePath=/etc', 'brokerName=x', 'role=SLAVE', 'password=x', 'flushIntervallMs=1', '__proto__=1'])(
    'refuses %j, and everything that came with it',
    (line) => {
      const { values, configuration } = sample();
      expect(() => configuration.update(`flushIntervalMs=9\n${line}`)).toThrow(ConfigNotReloadableError);
      expect(values.flushIntervalMs).toBe(500);
    },
  );

  test('takes a key that may not change when its value stays', () => {
    expect(sample().configuration.update('brokerName=box\nrole=MASTER')).toEqual([]);
  });

  test('does not tell whether a guessed secret is right', () => {
    const { configuration } = sample();
    configuration.load('password=right');
    expect(() => configuration.update('password=right')).toThrow(ConfigNotReloadableError);
  });

  test('refuses values with line breaks', () => {
    const { configuration } = sample();
    expect(() => configuration.update('deleteWhen=04\\nstorePath\\=/etc')).toThrow(ConfigError);
    expect(() => configuration.update('deleteWhen=04\\r')).toThrow(ConfigError);
  });
});

describe('output', () => {
  test('prints all values in declared order, or the important ones', () => {
    const { configuration } = sample();
    expect(configuration.describe().slice(0, 4)).toEqual([
      'brokerName=box',
      'storePath=',
      'flushIntervalMs=500',
      'ratio=8000.0',
    ]);
    expect(configuration.describe({ importantOnly: true })).toEqual(['brokerName=box']);
  });

  test('answers over the wire sorted, without missing values, with secrets masked', () => {
    const { configuration } = sample();
    configuration.load('password=right');
    expect(configuration.toPropertiesText()).toBe(
      'brokerName=box\ndeleteWhen=04\nflushIntervalMs=500\nforce=true\nisOld=false\nlater=false\nlock=true\npassword=******\nratio=8000.0\nrole=MASTER\ntraceOn=true\n',
    );
    expect(configuration.describe()).toContain('password=******');
  });

  test('writes a file that reads back as it was', () => {
    const { configuration } = sample();
    configuration.load('password=a\\:b\nold=true\nstorePath=/ü');
    const again = sample();
    again.configuration.load(configuration.toFileText());
    expect(again.configuration.toFileText()).toBe(configuration.toFileText());
    expect(again.values).toMatchObject({ password: 'a:b', isOld: true, storePath: '/ü' });
  });

  test('tells what somebody has set, and does not write what would count as set then', () => {
    const { configuration } = sample();
    configuration.load('traceOn=true');
    expect(['traceOn', 'force'].map((name) => configuration.isSet(name))).toEqual([true, false]);
    expect(configuration.toFileText()).not.toContain('force');
    configuration.update('force=true');
    expect(configuration.isSet('force')).toBe(true);
    expect(configuration.toFileText()).toContain('force=true');
  });

  test('describes every parameter in the reference page', () => {
    expect(configReference(declaration, environment)).toContain(
      '| `flushIntervalMs` | int, ms | `500` | a whole number from 1 to 1000 | yes | yes | Period. |',
    );
  });
});

test('the nearest name ignores case, and is none when nothing is near', () => {
  expect(nearestName('BROKERNAME', ['brokerName', 'brokerId'])).toBe('brokerName');
  expect(nearestName('xyz', ['brokerName', 'brokerId'])).toBeUndefined();
  expect(nearestName('a'.repeat(100_000), ['brokerName'])).toBeUndefined();
});

test('system properties are read from the words of a command line', () => {
  expect([...readSystemProperties('-Xmx1g -Da.b=1 -Dc="x y" -Dd=')]).toEqual([
    ['a.b', '1'],
    ['c', 'x y'],
    ['d', ''],
  ]);
});
