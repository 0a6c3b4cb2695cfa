/** The servers' log: JSON lines on the standard error, through pino, behind the logger interface of `common`. */
import type { LogFields, Logger } from '@rocketmq-ts/common';
import { destination, pino } from 'pino';

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
/** The levels that ROCKETMQ_LOG_LEVEL and `--log-level` accept. */
export type LogLevel = (typeof LEVELS)[number];

/** @throws Error that names the value and the accepted ones. */
export function parseLogLevel(text: string): LogLevel {
  const level = LEVELS.find((one) => one === text.toLowerCase());
  if (level === undefined) throw new Error(`log level '${text}' is not one of ${LEVELS.join(', ')}`);
  return level;
}

/** A logger that writes lines of at least `level` to file descriptor 2. */
export function createLogger(level: LogLevel): Logger {
  const root = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination({ fd: 2, sync: true }),
  );
  return new PinoLogger(root);
}

class PinoLogger implements Logger {
  constructor(private readonly pino: pino.Logger) {}

  debug(message: string, fields?: LogFields): void {
    this.pino.debug(shown(fields), message);
  }

  info(message: string, fields?: LogFields): void {
    this.pino.info(shown(fields), message);
  }

  warn(message: string, fields?: LogFields): void {
    this.pino.warn(shown(fields), message);
  }

  error(message: string, fields?: LogFields): void {
    this.pino.error(shown(fields), message);
  }

  child(fields: LogFields): Logger {
    return new PinoLogger(this.pino.child(fields));
  }
}

/** Errors are written with their stack and causes, under whatever name they were given. */
function shown(fields: LogFields | undefined): Record<string, unknown> {
  const text: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields ?? {})) {
    text[name] = value instanceof Error ? pino.stdSerializers.errWithCause(value) : value;
  }
  return text;
}
