// A key and a self-signed certificate for a suite, made by openssl where it is installed.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Key and certificate files in PEM. */
export interface TlsFiles {
  readonly key: string;
  readonly certificate: string;
}

/** Whether certificates can be made here. */
export const canMakeCertificates: boolean = spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0;

/** Makes both files in the directory. */
export function makeCertificate(directory: string): TlsFiles {
  const files = { key: join(directory, 'tls-key.pem'), certificate: join(directory, 'tls-certificate.pem') };
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const out = ['-keyout', files.key, '-out', files.certificate];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names, ...out];
  const made = spawnSync('openssl', args, { encoding: 'utf8', timeout: 60_000 });
  if (made.status !== 0) throw new Error(`openssl made no certificate: ${made.stderr}`);
  return files;
}

/** System properties of a Java client that talks TLS and accepts only this certificate. */
export function tlsClientProperties(files: TlsFiles): Record<string, string> {
  return {
    'tls.enable': 'true',
    'tls.test.mode.enable': 'false',
    'tls.client.authServer': 'true',
    'tls.client.trustCertPath': files.certificate,
  };
}
