/** What the defaults of parameters are made from: the machine, the user and the process. */

export interface Environment {
  /** Name of this machine; the default broker name. */
  readonly hostName: string;
  /** The address that others reach this machine at; an IPv6 one in brackets. */
  readonly localAddress: string;
  /** Number of processors. */
  readonly cpuCount: number;
  /** Home directory of the user. */
  readonly userHome: string;
  /** Environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** What Java calls system properties: `-Dname=value`. */
  readonly systemProperties: ReadonlyMap<string, string>;
}

const DEFINITION = /(?:^|\s)-D([^\s=]+)=("[^"]*"|'[^']*'|\S*)/g;

/** The `-Dname=value` words of a command line or of a variable such as `JAVA_OPT`. */
export function readSystemProperties(commandLine: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const [, name = '', value = ''] of commandLine.matchAll(DEFINITION)) {
    properties.set(name, value.replace(/^(["'])(.*)\1$/, '$2'));
  }
  return properties;
}
