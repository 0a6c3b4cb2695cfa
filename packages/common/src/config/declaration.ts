/** A configuration class of the reference, declared as data: its parameters by name. */

import type { Environment } from './environment.js';
import { defaultOf, type Parameter, type ParameterValue } from './parameter.js';

/** Parameters by the reference's name, each with its type, default and checks. */
// biome-ignore lint/suspicious/noExplicitAny: parameters of every value type stand side by side in one declaration
export type Parameters = Readonly<Record<string, Parameter<any>>>;

export interface ConfigDeclaration<P extends Parameters = Parameters> {
  /** The reference's name of the class, e.g. `BrokerConfig`. */
  readonly name: string;
  /** One sentence on who reads it. */
  readonly doc: string;
  /** By the reference's name of each parameter, in its order. */
  readonly parameters: P;
}

/** The values of a declaration. Read them when they are needed: reloadable ones change. */
export type ConfigValues<P extends Parameters> = { readonly [N in keyof P]: ParameterValue<P[N]> };

/** The values that belong to a declaration: `ConfigOf<typeof brokerConfig>`. */
export type ConfigOf<D> = D extends ConfigDeclaration<infer P> ? ConfigValues<P> : never;

/** Declares a configuration class. */
export function defineConfig<const P extends Parameters>(declaration: ConfigDeclaration<P>): ConfigDeclaration<P> {
  return declaration;
}

/** The defaults of a declaration in this environment, with `overrides` over them. */
export function createConfig<P extends Parameters>(
  declaration: ConfigDeclaration<P>,
  environment: Environment,
  overrides: Partial<ConfigValues<P>> = {},
): ConfigValues<P> {
  const values: Record<string, unknown> = {};
  for (const [name, declared] of Object.entries(declaration.parameters)) {
    values[name] = defaultOf(declared, environment);
  }
  Object.assign(values, overrides);
  // A copy: an object of hundreds of keys that were added one by one is a hash table to V8, and each look at it slow.
  return { ...values } as ConfigValues<P>;
}
