import type { ReadResult, Reads, Store } from '../store/Store.js'

interface Waiting {
  readonly work: () => Promise<void>
}

/**
 * The reads by which sessions are caught up: so many at a time, so that a crowd that returns at once takes its turns and
 * leaves room for those who are here; and what several ask for at the same position is read once. [L3]
 */
export class CatchUpReads {
  readonly #resultByQuestion = new Map<string, Promise<ReadResult<Reads>>>()
  #waiting: Waiting[] = []
  #active = 0

  constructor(
    private readonly store: Pick<Store, 'read'>,
    private readonly mostAtOnce: number,
  ) {}

  get waitingCount(): number {
    return this.#waiting.length
  }

  /** `position`: where the workspace's feed stands. An answer from before it may be older than the asker's rights. */
  read(workspace: string, position: number, reads: Reads): Promise<ReadResult<Reads>> {
    const question = JSON.stringify([workspace, position, reads])
    const asked = this.#resultByQuestion.get(question)
    if (asked !== undefined) return asked
    const result = new Promise<ReadResult<Reads>>((resolve, reject) => {
      this.#waiting.push({ work: () => this.store.read(workspace, reads).then(resolve, reject) })
    })
    this.#resultByQuestion.set(question, result)
    const forget = () => this.#resultByQuestion.delete(question)
    result.then(forget, forget)
    this.#advance()
    return result
  }

  #advance(): void {
    while (this.#active < this.mostAtOnce) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#active++
      next.work().finally(() => {
        this.#active--
        this.#advance()
      })
    }
  }
}
