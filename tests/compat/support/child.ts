// A child process of a compatibility suite: bounded in time, ended by its pid, its output kept in a file.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What to run, where its output goes, and how long it may live at most. */
export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The process is killed after this time whatever happens. */
  readonly limitMs?: number;
  /** Takes stdout line by line, which then does not go into the log. */
  readonly onLine?: (line: string) => boolean;
}

const DEFAULT_LIMIT_MS = 15 * 60_000;
const STOP_GRACE_MS = 30_000;
const LOG_TAIL_CHARS = 6000;
// What the Java servers' logging prints of its own set-up.
const LOGBACK_CHATTER = /\|-(INFO|WARN) in /;
const running = new Set<ChildProcessWithoutNullStreams>();

// A worker that ends early must not leave servers behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A running process; `exited` settles when it has ended, however it ended. */
export class Child {
  readonly exited: Promise<void>;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #options: ChildOptions;
  readonly #log: number;
  readonly #watchers = new Set<() => void>();
  #text = '';
  #ended: string | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#log = openSync(options.logFile, 'a');
    this.#process = spawn(options.command, options.args, {
      env: { ...process.env, ...options.env },
      cwd: options.cwd,
      stdio: 'pipe',
    });
    running.add(this.#process);
    const limit = setTimeout(() => this.#process.kill('SIGKILL'), options.limitMs ?? DEFAULT_LIMIT_MS);
    limit.unref();
    this.#process.stdin.on('error', () => undefined); // the process is gone; `exited` tells
    this.#process.stderr.on('data', (chunk: Buffer) => writeSync(this.#log, chunk));
    this.#readStdout();
    this.exited = new Promise((resolve) => {
      const end = (how: string) => {
        if (this.#ended !== undefined) return;
        this.#ended = how;
        clearTimeout(limit);
        running.delete(this.#process);
        closeSync(this.#log);
        this.#wake();
        resolve();
      };
      this.#process.once('error', (error) => end(String(error)));
      this.#process.once('close', (code, signal) => end(`exit ${code ?? signal}`));
    });
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  /** How the process ended ("exit 0", "exit SIGKILL"), undefined while it runs. */
  get ended(): string | undefined {
    return this.#ended;
  }

  write(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  /** The end of what the process has printed. */
  output(): string {
    const lines = readFileSync(this.#options.logFile, 'utf8').split('\n');
    return lines
      .filter((line) => !LOGBACK_CHATTER.test(line))
      .join('\n')
      .slice(-LOG_TAIL_CHARS);
  }

  /** The end of what it has printed on stdout. */
  get text(): string {
    return this.#text;
  }

  /** Waits for a line on stdout; fails when the process ends before, or with the time. */
  async mustPrint(pattern: RegExp, timeoutMs: number): Promise<RegExpMatchArray> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const match = this.#text.match(pattern);
      if (match) return match;
      if (this.#ended !== undefined || Date.now() > end) throw this.failure(`did not print ${pattern}`);
      await this.#change(Math.min(end - Date.now() + 1, 500));
    }
  }

  /** An error that names the process and shows the end of its output. */
  failure(what: string): Error {
    const how = this.#ended === undefined ? 'is running' : this.#ended;
    return new Error(`${this.#options.command} ${this.#options.args.at(-1)} (${how}) ${what}\n${this.output()}`);
  }

  /** SIGTERM, and SIGKILL if that is not enough; settles when the process has ended. */
  async stop(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#process.kill('SIGTERM');
    const force = setTimeout(() => this.#process.kill('SIGKILL'), STOP_GRACE_MS);
    await this.exited;
    clearTimeout(force);
  }

  /** SIGKILL, as a crash; settles when the process has ended. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.exited;
  }

  #readStdout(): void {
    let rest = '';
    this.#process.stdout.setEncoding('utf8');
    this.#process.stdout.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#takeLine(line);
    });
  }

  #takeLine(line: string): void {
    if (this.#options.onLine?.(line)) return;
    writeSync(this.#log, `${line}\n`);
    this.#text = `${this.#text}${line}\n`.slice(-LOG_TAIL_CHARS);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#watchers) wake();
    this.#watchers.clear();
  }

  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#watchers.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
