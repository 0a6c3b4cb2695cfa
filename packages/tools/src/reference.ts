/** `docs/reference/mqadmin.md`, made from the declarations of the commands. */
import { type Documented, sortedOptions } from './cli/help.js';
import { COMMANDS, NOT_YET } from './command/index.js';

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function optionRows(command: Documented): string[] {
  const common = new Set(['help', 'json', 'namesrvAddr']);
  return sortedOptions(command)
    .filter(([name]) => !common.has(name) || name in command.options)
    .map(([name, { short, long, kind, required, doc }]) => {
      const names = short === undefined ? `\`--${long}\`` : `\`-${short}\`, \`--${long}\``;
      const inGroup = command.groups?.some((group) => group.required && group.oneOf.includes(name)) ?? false;
      const needed = required ? 'yes' : inGroup ? 'one of them' : '';
      return `| ${names} | ${kind === 'flag' ? '' : kind} | ${needed} | ${cell(doc)} |`;
    });
}

function section(command: Documented): string {
  const rows = optionRows(command);
  const table =
    rows.length === 0 ? '' : `\n| option | value | needed | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  return `## ${command.name}\n\n${command.doc}\n${table}`;
}

/** The whole page. */
export async function mqadminReference(): Promise<string> {
  const commands = await Promise.all([...COMMANDS.values()].map((load) => load()));
  return [
    '<!-- Generated from packages/tools/src/command by `vitest run packages/tools/src/reference.test.ts -u`; do not edit. -->\n',
    '# mqadmin\n',
    'Run `npx mqadmin COMMAND …`. Every command takes `-n`/`--namesrvAddr` (name servers, else `-Drocketmq.namesrv.addr`, else `NAMESRV_ADDR`),',
    '`-h`/`--help`, and `--json` for one JSON document instead of text. The exit code is 0, or 1 after a failure, which is one line on the standard error.',
    'Requests are signed when `$ROCKETMQ_HOME/conf/tools.yml` holds `accessKey` and `secretKey`.\n',
    ...commands.map(section),
    '## Not part of this version\n',
    `${NOT_YET.map((name) => `\`${name}\``).join(', ')}\n`,
  ].join('\n');
}
