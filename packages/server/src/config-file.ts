/** Reading a role's configuration file, and saying what in it has no effect. */
import { ConfigError, type Configuration, type Files, type Logger, readProperties } from '@rocketmq-ts/common';

/** The properties of a file, as they stand in it. Throws an Error that names the file when it cannot be read. */
export function readConfigFile(files: Files, path: string): ReadonlyMap<string, string> {
  try {
    return readProperties(files.readFileSync(path));
  } catch (error) {
    throw new Error(`configuration file ${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** Sets what the file says; keys that are unknown or without effect are warned about. Throws an Error that names file, key and value. */
export function applyConfigFile(
  configuration: Configuration,
  file: { readonly path: string; readonly properties: ReadonlyMap<string, string> },
  logger: Logger,
): void {
  try {
    for (const { key, message, isMoot } of configuration.load(file.properties)) {
      logger[isMoot ? 'info' : 'warn'](message, { key, file: file.path });
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new Error(`configuration file ${file.path}: ${error.message}`);
  }
}
