import type { Log } from '../../log/Log.js'

/** Keeps what is logged, and answers for what was waited for. */
export class KeptLog implements Log {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: object }[] = []
  readonly #waiting = new Map<RegExp, () => void>()

  debug = this.#keeper('debug')
  info = this.#keeper('info')
  warn = this.#keeper('warn')
  error = this.#keeper('error')

  child(): Log {
    return this
  }

  /** Resolves at the next line that matches, or at once if there was one. */
  async said(pattern: RegExp): Promise<void> {
    if (this.lines.some(({ message }) => pattern.test(message))) return
    await new Promise<void>(resolve => this.#waiting.set(pattern, resolve))
  }

  count(pattern: RegExp): number {
    return this.lines.filter(({ message }) => pattern.test(message)).length
  }

  #keeper(level: string) {
    return (fields: object, message: string): void => {
      this.lines.push({ level, message, fields })
      for (const [pattern, resolve] of this.#waiting) if (pattern.test(message)) resolve()
    }
  }
}
