/** TLS of the listening side, from `-Dtls.*` system properties and the file that `tls.config.file` names. Source: TlsHelper, TlsSystemConfig. */
import type { SecureContextOptions } from 'node:tls';
import { Configuration, createSystemConfig, type TlsServerOptions } from '@rocketmq-ts/common';
import { type TlsSystemConfig, tlsSystemConfigDeclaration } from '@rocketmq-ts/remoting';
import { applyConfigFile, readConfigFile } from './config-file.js';
import type { ProcessPorts } from './ports.js';
import { selfSignedCertificate } from './self-signed.js';

/**
 * How listeners treat TLS. Without a key and a certificate (and without the test
 * mode, which makes them up) there is no TLS: its peers are closed.
 *
 * @throws Error that names the file or the setting when something named is missing or unreadable.
 */
export function tlsServerOptions(ports: ProcessPorts): TlsServerOptions | undefined {
  const config = tlsConfig(ports);
  const mode = config['tls.server.mode'];
  if (mode === 'disabled') return undefined;
  const context = contextSource(config, ports);
  if (context !== undefined) return { mode, context, clientAuth: config['tls.server.need.client.auth'] };
  if (mode === 'enforcing') {
    throw new Error(
      'tls.server.mode=enforcing needs tls.server.keyPath and tls.server.certPath (or tls.test.mode.enable=true)',
    );
  }
  return undefined;
}

function tlsConfig({ environment, files, logger }: ProcessPorts): TlsSystemConfig {
  const config = createSystemConfig(tlsSystemConfigDeclaration, environment);
  const path = config['tls.config.file'];
  if (files.statSync(path) !== undefined) {
    const configuration = new Configuration().add(tlsSystemConfigDeclaration, config);
    applyConfigFile(configuration, { path, properties: readConfigFile(files, path) }, logger);
  }
  return config;
}

function contextSource(config: TlsSystemConfig, ports: ProcessPorts): (() => SecureContextOptions) | undefined {
  const keyPath = config['tls.server.keyPath'];
  const certPath = config['tls.server.certPath'];
  if (keyPath !== undefined && certPath !== undefined) return fileContext(config, { keyPath, certPath }, ports);
  if (!config['tls.test.mode.enable']) return undefined;
  const { clock, random } = ports;
  const made = {
    ...selfSignedCertificate('rocketmq-ts test mode', { nowMs: clock.now(), serial: random.bytes(8) }),
    ...common(config),
  };
  return () => made;
}

/** Reads the files again when one of them has changed, so that a renewed certificate needs no restart. */
function fileContext(
  config: TlsSystemConfig,
  { keyPath, certPath }: { keyPath: string; certPath: string },
  { files, logger }: ProcessPorts,
): () => SecureContextOptions {
  const trustPath = config['tls.server.trustCertPath'];
  const paths = [keyPath, certPath, ...(trustPath === undefined ? [] : [trustPath])];
  const stamp = (): string =>
    paths.map((path) => `${files.statSync(path)?.modifiedMs}/${files.statSync(path)?.sizeBytes}`).join();
  const read = (): SecureContextOptions => ({
    key: files.readFileSync(keyPath),
    cert: files.readFileSync(certPath),
    ...(trustPath === undefined ? {} : { ca: files.readFileSync(trustPath) }),
    ...common(config),
  });
  let current = read();
  let readAt = stamp();
  return () => {
    const now = stamp();
    if (now === readAt) return current;
    try {
      current = read();
      readAt = now;
    } catch (error) {
      // Files that are just being replaced: the old ones still serve, and the next handshake looks again.
      logger.warn('TLS files cannot be read, the former ones stay in use', { error });
    }
    return current;
  };
}

function common(config: TlsSystemConfig): SecureContextOptions {
  const passphrase = config['tls.server.keyPassword'];
  const ciphers = config['tls.ciphers'];
  return {
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ciphers === undefined ? {} : { ciphers: ciphers.replaceAll(',', ':') }),
  };
}
