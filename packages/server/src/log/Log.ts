export type LogFields = Readonly<Record<string, unknown>>

/** Structured lines about what a node does. A pino logger is one. */
export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  /** A log whose lines carry these fields: node, workspace, session. */
  child(fields: LogFields): Log
}

export const noLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => noLog,
}
