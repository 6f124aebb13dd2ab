import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A node in a process of its own, once it listens. */
export class CliProcess {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    /** Resolves with the exit code, or the signal that ended it. */
    readonly exited: Promise<number | string | null>,
  ) {}

  /** `node` with these arguments. */
  static async start(...args: readonly string[]): Promise<CliProcess> {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = new Promise<number | string | null>(resolve => {
      child.once('exit', (code, signal) => resolve(code ?? signal))
    })
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('listening on ')) return new CliProcess(line.slice('listening on '.length), child, exited)
    }
    throw new Error(`it ended with ${await exited} before it listened`)
  }

  kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): void {
    this.child.kill(signal)
  }
}
