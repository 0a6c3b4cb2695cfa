/** Writes the reference pages of the configuration from its declarations. */

import type { ConfigDeclaration } from './declaration.js';
import type { Environment } from './environment.js';
import { acceptedValues, defaultOf, formatParameter, type Parameter } from './parameter.js';

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function rowOf(name: string, declared: Parameter, environment: Environment): string {
  const text = formatParameter(declared, defaultOf(declared, environment));
  const cells = [
    `\`${name}\``,
    declared.unit === undefined ? declared.kind : `${declared.kind}, ${declared.unit}`,
    text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``,
    declared.kind === 'string' || declared.kind === 'boolean' ? '' : acceptedValues(declared),
    declared.reloadable ? 'yes' : 'no',
    actedOn(declared),
    escapeCell(declared.doc),
  ];
  return `| ${cells.join(' | ')} |`;
}

function actedOn({ effective, moot }: Parameter): string {
  if (effective) return 'yes';
  return moot === undefined ? 'no' : `needs nothing: ${moot}`;
}

/**
 * One page of Markdown for one class. Defaults that depend on the machine are
 * shown for `environment`; give one with placeholders.
 */
export function configReference(declaration: ConfigDeclaration, environment: Environment): string {
  const rows = Object.entries(declaration.parameters).map(([name, declared]) => rowOf(name, declared, environment));
  return [
    '<!-- Generated from the declarations of the configuration; do not edit. -->',
    `# ${declaration.name}`,
    '',
    declaration.doc,
    '',
    '*While running*: may be changed by `updateBrokerConfig` or `updateNamesrvConfig`. *Acted on*: the server uses it; a key that nothing acts on gives a warning at start; one that *needs nothing* is accepted, since what it is for comes without it or does not exist here.',
    '',
    `Defaults that depend on the machine are shown for ${environment.cpuCount} processors.`,
    '',
    '| Key | Type | Default | Accepted | While running | Acted on | Meaning |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
