/** Does so much at a time; what comes then waits for its turn. */
export class Turns {
  readonly #waiting: (() => Promise<unknown>)[] = []
  #active = 0

  constructor(private readonly mostAtOnce: number) {}

  get waitingCount(): number {
    return this.#waiting.length
  }

  take<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push(() => work().then(resolve, reject))
      this.#advance()
    })
  }

  #advance(): void {
    while (this.#active < this.mostAtOnce) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#active++
      void next().finally(() => {
        this.#active--
        this.#advance()
      })
    }
  }
}
