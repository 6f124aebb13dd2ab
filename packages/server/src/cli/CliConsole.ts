import { stopRequest } from './stopRequest.js'

/** The process around a command: where it speaks, what it was given, and when it is asked to stop. */
export interface CliConsole {
  /** A line for whoever reads the output. */
  say(line: string): void
  /** A line about what went wrong. */
  complain(line: string): void
  readonly env: Readonly<Record<string, string | undefined>>
  readonly directory: string
  /** Resolves when the process is asked to end. */
  stopAsked(): Promise<void>
}

export const processConsole: CliConsole = {
  say: line => void process.stdout.write(`${line}\n`),
  complain: line => void process.stderr.write(`${line}\n`),
  env: process.env,
  directory: process.cwd(),
  stopAsked: () =>
    stopRequest(
      process,
      () => performance.now(),
      () => process.exit(1),
    ),
}
