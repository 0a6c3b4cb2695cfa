/**
 * The configuration of one process: several declared classes read from one
 * properties file, shown, answered over the wire, and changed while running
 * within a white list. Source: Configuration, MixAll.
 */

import { properties2String, readProperties, writeProperties } from '../properties/properties.js';
import { type ConfigDeclaration, type ConfigValues, createConfig, type Parameters } from './declaration.js';
import type { Environment } from './environment.js';
import { nearestName } from './nearest-name.js';
import { acceptedValues, formatParameter, type Parameter, parseParameter } from './parameter.js';

/** Stands for a secret value wherever configuration is shown. */
export const MASKED_SECRET = '******';

/** Something about a key that its author should know: it is unknown, or nothing acts on it. */
export interface ConfigWarning {
  readonly key: string;
  readonly message: string;
  /** True when nothing is missing: what the key is for comes without it. */
  readonly isMoot: boolean;
}

/** One parameter whose value changed while running. */
export interface ConfigChange {
  readonly key: string;
  readonly value: unknown;
  readonly previous: unknown;
}

/** Values that were not accepted; nothing was changed. Each problem names key, value and what is accepted. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/** A change while running that touches a key outside of the white list; nothing was changed. Answered with NO_PERMISSION. */
export class ConfigNotReloadableError extends ConfigError {
  override readonly name: string = 'ConfigNotReloadableError';
}

interface Section {
  readonly declaration: ConfigDeclaration;
  readonly values: Record<string, unknown>;
  readonly shownWhenSet: boolean;
}

/** One parameter of one section. */
interface Entry {
  readonly name: string;
  readonly declared: Parameter;
  readonly values: Record<string, unknown>;
  /** Left out wherever configuration is shown or written, unless somebody has set it. */
  readonly shownWhenSet: boolean;
}

interface Assignment {
  readonly entry: Entry;
  readonly value: unknown;
}

type ChangeListener = (changes: readonly ConfigChange[]) => void;

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function entriesOf({ declaration, values, shownWhenSet }: Section): Entry[] {
  return Object.entries(declaration.parameters).map(([name, declared]) => {
    return { name, declared, values, shownWhenSet: shownWhenSet || declared.ours === true };
  });
}

function toProperties(source: string | Uint8Array | ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return typeof source === 'string' || source instanceof Uint8Array ? readProperties(source) : source;
}

/** Holds the values of several declarations and is the only place that changes them. */
export class Configuration {
  readonly #sections: Section[] = [];
  readonly #entries = new Map<string, Entry[]>();
  readonly #listeners: ChangeListener[] = [];
  /** Keys that a file or an update has named. */
  readonly #said = new Set<string>();

  /**
   * Takes the class in. A key that several classes have sets all of them; where they differ, the last one is shown.
   * A class that is shown only when set is one that the reference does not register, and knows from the file alone.
   */
  add<P extends Parameters>(
    declaration: ConfigDeclaration<P>,
    values: ConfigValues<P>,
    { shownWhenSet = false }: { readonly shownWhenSet?: boolean } = {},
  ): this {
    const section: Section = { declaration, values: values as Record<string, unknown>, shownWhenSet };
    this.#sections.push(section);
    for (const entry of entriesOf(section)) {
      for (const key of new Set([entry.name, entry.declared.key ?? entry.name])) {
        const same = this.#entries.get(key);
        if (same === undefined) this.#entries.set(key, [entry]);
        else same.push(entry);
      }
    }
    return this;
  }

  /**
   * Sets what the properties of a file say. For start-up: every key may be set.
   * @returns warnings about keys that are unknown, and about changed ones that nothing acts on
   * @throws ConfigError when a value is not accepted; nothing is set then
   */
  load(source: string | Uint8Array | ReadonlyMap<string, string>): ConfigWarning[] {
    const warnings: ConfigWarning[] = [];
    const problems: string[] = [];
    const assignments: Assignment[] = [];
    for (const [key, text] of toProperties(source)) {
      const entries = this.#entries.get(key);
      if (entries === undefined) {
        warnings.push({ key, message: this.#describeUnknown(key), isMoot: false });
      } else {
        this.#parse(key, text, entries, { assignments, problems });
      }
    }
    if (problems.length > 0) {
      throw new ConfigError(problems);
    }
    this.#note(assignments);
    for (const { key } of this.#assign(assignments)) {
      const entries = this.#entries.get(key) ?? [];
      if (entries.some(({ declared }) => declared.effective)) continue;
      const moot = entries.find((entry) => entry.declared.moot !== undefined)?.declared.moot;
      const why = moot === undefined ? 'is known, but nothing acts on it yet' : `changes nothing: ${moot}`;
      warnings.push({ key, message: `'${key}' ${why}`, isMoot: moot !== undefined });
    }
    return warnings;
  }

  /**
   * Changes values while running. All of it or nothing: every key must be on the
   * white list (reloadable), or keep its present value.
   * @returns what is different now; listeners were told
   * @throws ConfigNotReloadableError when a key may not change or is unknown
   * @throws ConfigError when a value is not accepted
   */
  update(source: string | Uint8Array | ReadonlyMap<string, string>): ConfigChange[] {
    const problems: string[] = [];
    const refusals: string[] = [];
    const assignments: Assignment[] = [];
    for (const [key, text] of toProperties(source)) {
      const entries = this.#entries.get(key);
      if (entries === undefined) {
        refusals.push(this.#describeUnknown(key));
      } else if (entries.every((entry) => entry.declared.reloadable)) {
        this.#parse(key, text, entries, { assignments, problems });
      } else if (!this.#isPresentValue(entries, text)) {
        refusals.push(`'${shorten(key)}' can not be changed while running`);
      }
    }
    if (refusals.length > 0) {
      throw new ConfigNotReloadableError(refusals);
    }
    if (problems.length > 0) {
      throw new ConfigError(problems);
    }
    this.#note(assignments);
    const changes = this.#assign(assignments);
    if (changes.length > 0) {
      for (const listener of this.#listeners) {
        listener(changes);
      }
    }
    return changes;
  }

  /** True when somebody has set the parameter, be it to its default. */
  isSet(name: string): boolean {
    return this.#said.has(name);
  }

  /** The declared keys, those that only files use included. */
  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Calls back after each `update` that changed something. */
  onChange(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  /** `name=value` lines as the options `-p` (all) and `-m` (important ones) print them: by class, in declared order. */
  describe(options: { readonly importantOnly?: boolean } = {}): string[] {
    return this.#sections.flatMap(({ declaration, values }) =>
      Object.entries(declaration.parameters)
        .filter(([, declared]) => !options.importantOnly || declared.important)
        .map(([name, declared]) => `${name}=${shownText(declared, values[name])}`),
    );
  }

  /** The body of GET_BROKER_CONFIG and GET_NAMESRV_CONFIG: sorted, secrets masked, missing values left out. */
  toPropertiesText(): string {
    const shown = new Map<string, string>();
    for (const { name, declared, values, shownWhenSet } of this.#sections.flatMap(entriesOf)) {
      if (values[name] !== undefined && (!shownWhenSet || this.isSet(name))) {
        shown.set(name, shownText(declared, values[name]));
      }
    }
    return properties2String(shown);
  }

  /**
   * All values as the text of a configuration file, secrets included: for writing the file that was
   * loaded. Deliberate ones that nobody has set stay out of it: being there would set them.
   */
  toFileText(): string {
    const written = new Map<string, string>();
    for (const { name, declared, values, shownWhenSet } of this.#sections.flatMap(entriesOf)) {
      if (values[name] !== undefined && (!(declared.deliberate || shownWhenSet) || this.isSet(name))) {
        written.set(declared.key ?? name, formatParameter(declared, values[name]));
      }
    }
    return writeProperties([...written].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #describeUnknown(key: string): string {
    const nearest = nearestName(key, this.#entries.keys());
    return `'${shorten(key)}' is not a known key${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`;
  }

  /** A key that is sent back unchanged is no change; for secrets the answer would tell a guesser that he is right. */
  #isPresentValue(entries: readonly Entry[], text: string): boolean {
    return entries.every(
      ({ name, declared, values }) => !declared.secret && parseParameter(declared, text) === values[name],
    );
  }

  #note(assignments: readonly Assignment[]): void {
    for (const { entry } of assignments) this.#said.add(entry.name);
  }

  #parse(
    key: string,
    text: string,
    entries: readonly Entry[],
    into: { assignments: Assignment[]; problems: string[] },
  ) {
    for (const entry of entries) {
      const value = parseParameter(entry.declared, text);
      if (value === undefined) {
        const shown = entry.declared.secret ? MASKED_SECRET : JSON.stringify(shorten(text));
        into.problems.push(`${key}: ${shown} is not accepted, expected ${acceptedValues(entry.declared)}`);
        return;
      }
      into.assignments.push({ entry, value });
    }
  }

  #assign(assignments: readonly Assignment[]): ConfigChange[] {
    const changes = new Map<string, ConfigChange>();
    for (const { entry, value } of assignments) {
      const previous = entry.values[entry.name];
      if (previous !== value) {
        entry.values[entry.name] = value;
        changes.set(entry.name, { key: entry.name, value, previous });
      }
    }
    return [...changes.values()];
  }
}

/**
 * The values of a declaration whose keys are system properties: its defaults, with
 * those that the process was started with over them.
 * @throws ConfigError when a value is not accepted
 */
export function createSystemConfig<P extends Parameters>(
  declaration: ConfigDeclaration<P>,
  environment: Environment,
): ConfigValues<P> {
  const values = createConfig(declaration, environment);
  const given = [...environment.systemProperties].filter(([key]) => Object.hasOwn(declaration.parameters, key));
  new Configuration().add(declaration, values).load(new Map(given));
  return values;
}

function shownText(declared: Parameter, value: unknown): string {
  const text = formatParameter(declared, value);
  return declared.secret && text !== '' ? MASKED_SECRET : text;
}
