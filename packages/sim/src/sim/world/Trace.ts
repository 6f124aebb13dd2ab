import { hash53 } from '@tidemark/core'

/** What happened, as one number: two runs of a seed have the same, or the world is not deterministic. [SIM-1] */
export class Trace {
  #hash = 0
  #count = 0

  /** `print` gets every line as it is written. */
  constructor(
    private readonly nowMs: () => number,
    private readonly print?: (line: string) => void,
  ) {}

  add(line: string): void {
    this.#count++
    const stamped = `${this.nowMs()} ${line}`
    this.#hash = hash53(`${this.#hash} ${stamped}`)
    this.print?.(stamped)
  }

  /** More about it, for whoever reads along; not part of what is compared. */
  detail(make: () => unknown): void {
    if (this.print === undefined) return
    const text = JSON.stringify(make(), (_, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    )
    this.print(`    ${text.length > 9000 ? `${text.slice(0, 9000)}…` : text}`)
  }

  get hash(): string {
    return `${this.#hash.toString(36)}.${this.#count}`
  }
}
