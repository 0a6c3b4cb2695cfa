/** The help texts of mqadmin, laid out like those of the reference. */
import { COMMON_OPTIONS, type OptionDeclaration } from './option-declaration.js';
import type { OptionGroup } from './parse-options.js';

const WIDTH = 110;

/** What help needs to know of a command. */
export interface Documented {
  readonly name: string;
  readonly doc: string;
  readonly options: Readonly<Record<string, OptionDeclaration>>;
  readonly groups?: readonly OptionGroup[];
}

/** The options of a command and those that all have, in the order in which help shows them. */
export function sortedOptions({ options }: Documented): [string, OptionDeclaration][] {
  const key = ({ short, long }: OptionDeclaration): string => (short ?? long).toLowerCase();
  return Object.entries({ ...COMMON_OPTIONS, ...options }).sort(([, a], [, b]) => (key(a) < key(b) ? -1 : 1));
}

/** Usage line and options of a command. */
export function commandHelp(command: Documented): string {
  const options = sortedOptions(command).map(([, option]) => option);
  const lefts = options.map(leftColumn);
  const column = Math.max(...lefts.map((left) => left.length)) + 3;
  const rows = options.map((option, index) => wrap(lefts[index]!.padEnd(column) + option.doc, column));
  return `${usage(command)}\n${rows.join('\n')}\n`;
}

function leftColumn({ short, long, kind }: OptionDeclaration): string {
  const names = short === undefined ? `    --${long}` : ` -${short},--${long}`;
  return kind === 'flag' ? names : `${names} <arg>`;
}

function usage(command: Documented): string {
  const done = new Set<string>();
  const words: string[] = [];
  for (const [name, option] of sortedOptions(command)) {
    if (done.has(name)) continue;
    const group = command.groups?.find(({ oneOf }) => oneOf.includes(name));
    if (group === undefined) words.push(usageWord(option, option.required));
    else words.push(groupUsage(command, group, done));
  }
  return wrap(`usage: mqadmin ${command.name} ${words.join(' ')}`, 7);
}

function groupUsage({ options }: Documented, group: OptionGroup, done: Set<string>): string {
  for (const name of group.oneOf) done.add(name);
  const alternatives = group.oneOf.map((name) => usageWord(options[name]!, true)).join(' | ');
  return group.required ? alternatives : `[${alternatives}]`;
}

function usageWord({ short, long, kind }: OptionDeclaration, required: boolean): string {
  const word = `${short === undefined ? `--${long}` : `-${short}`}${kind === 'flag' ? '' : ' <arg>'}`;
  return required ? word : `[${word}]`;
}

function wrap(text: string, indent: number): string {
  if (text.length <= WIDTH) return text;
  const space = text.lastIndexOf(' ', WIDTH);
  const end = space > indent ? space : WIDTH;
  return `${text.slice(0, end)}\n${wrap(' '.repeat(indent) + text.slice(end).trimStart(), indent)}`;
}

/** The list of commands; those of the reference that do not exist yet stand at its end. */
export function commandList(commands: readonly Documented[], missing: readonly string[]): string {
  const rows = commands.map(({ name, doc }) => wrap(`   ${name.padEnd(35)} ${doc}`, 39));
  const notYet = missing.length === 0 ? '' : `\nNot part of this version:\n${wrap(`   ${missing.join(', ')}`, 3)}\n`;
  return `The commands of mqadmin are:\n${rows.join('\n')}\n${notYet}\nSee 'mqadmin help <command>' for the options of a command.\n`;
}
