// How a server process is started, whoever made it, and what is known of it while it runs.
import type { Child } from './child.js';

/** What a server is started with; every path is below the suite's own directory. */
export interface Launch {
  readonly directory: string;
  readonly configFile: string;
  readonly logFile: string;
  readonly port: number;
  readonly namesrv: string;
  readonly storeDir: string;
  readonly tlsProperties?: string;
  /** System properties. */
  readonly properties?: Readonly<Record<string, string | number>>;
  /** Of the Apache servers; the one that we are compared with if absent. */
  readonly version?: string;
}

/** A running server process. */
export interface Server {
  readonly address: string;
  readonly child: Child;
}
