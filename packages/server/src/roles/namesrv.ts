/** The role of `rocketmq namesrv`: one name server in this process. */
import { createNamesrvSettings, Namesrv, type NamesrvSettingsOverrides } from '@rocketmq-ts/namesrv';
import { addressOf } from '../address.js';
import { applyConfigFile, readConfigFile } from '../config-file.js';
import type { ProcessPorts } from '../ports.js';
import type { Role } from '../process.js';
import { tlsServerOptions } from '../tls.js';

export interface NamesrvRoleOptions {
  readonly configFile?: string | undefined;
  /** Over the defaults, under the file. */
  readonly overrides?: NamesrvSettingsOverrides;
}

/** The settings that the options, the file and the environment give together. */
export function namesrvSettings(options: NamesrvRoleOptions, ports: ProcessPorts) {
  const { configFile: path, overrides } = options;
  if (path === undefined) return createNamesrvSettings(ports.environment, overrides);
  // What is changed while running is written back to the file that was read, as in the reference.
  const namesrv = { ...overrides?.namesrv, configStorePath: path };
  const settings = createNamesrvSettings(ports.environment, { ...overrides, namesrv });
  applyConfigFile(settings.configuration, { path, properties: readConfigFile(ports.files, path) }, ports.logger);
  return settings;
}

/** Starts a name server. */
export async function startNamesrv(
  options: NamesrvRoleOptions,
  ports: ProcessPorts,
): Promise<Role & { readonly port: number }> {
  const settings = namesrvSettings(options, ports);
  const namesrv = new Namesrv({ settings, ...ports, tls: tlsServerOptions(ports) });
  await namesrv.start();
  return {
    port: namesrv.port,
    endpoints: addressOf(settings.nettyServer.bindAddress, namesrv.port),
    stop: () => namesrv.stop(),
  };
}
