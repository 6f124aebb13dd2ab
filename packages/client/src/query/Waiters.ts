/** Those who wait for a state of the replica, looked at after everything that may bring it about. */
export class Waiters {
  readonly #waiting = new Map<() => boolean, () => void>()

  /** Resolves as soon as it holds. */
  async until(holds: () => boolean): Promise<void> {
    if (!holds()) await new Promise<void>(resolve => this.#waiting.set(holds, resolve))
  }

  look(): void {
    for (const [holds, resolve] of [...this.#waiting]) {
      if (!holds()) continue
      this.#waiting.delete(holds)
      resolve()
    }
  }
}
