import type { ReadResult, Reads, Store } from '../store/Store.js'
import { Turns } from './Turns.js'
import { weightOf } from './weightOf.js'

type Result = ReadResult<Reads>

/** An answer to a question about a workspace, on its way or here. */
interface Answer {
  readonly workspace: string
  readonly question: string
  readonly result: Promise<Result>
  /** Of what was read; above all others until it has come. */
  head: number
  bytes: number
}

/** What is larger is read again when it is asked for again. */
const largestKeptBytes = 1 << 20

/**
 * The reads by which sessions are caught up: so many at a time, so that a crowd that returns at once takes its turns and
 * leaves room for those who are here; and what many ask for is read once, until the feed has gone past it. [L3]
 */
export class CatchUpReads {
  readonly #answersByWorkspace = new Map<string, Map<string, Answer>>()
  /** Those that have come, the oldest first. */
  readonly #kept = new Set<Answer>()
  #keptBytes = 0
  readonly #turns: Turns

  constructor(
    private readonly store: Pick<Store, 'read'>,
    mostAtOnce: number,
    /** Of all answers that are kept. */
    private readonly mostBytes = 16 << 20,
  ) {
    this.#turns = new Turns(mostAtOnce)
  }

  get waitingCount(): number {
    return this.#turns.waitingCount
  }

  /** `notBefore`: the last head that the asker knows of. What was read before it may be older than the asker's rights. */
  async read(workspace: string, notBefore: number, reads: Reads): Promise<Result> {
    // What is stored of a replica can change while the head stays.
    if (Object.values(reads).some(({ kind }) => kind === 'replicas')) return this.#read(workspace, reads)
    const question = JSON.stringify(reads)
    for (;;) {
      const known = this.#known(workspace, question)
      if (known === undefined) return this.#readForAll(workspace, question, reads)
      const result = await known.result
      if (result.head >= notBefore) return result
      this.#forget(known)
    }
  }

  /** Nobody can use any more what was read before this. */
  feedMoved(workspace: string, position: number): void {
    for (const answer of this.#answersByWorkspace.get(workspace)?.values() ?? []) {
      if (answer.head < position) this.#forget(answer)
    }
  }

  /** Nobody here watches the workspace any more. */
  unwatched(workspace: string): void {
    for (const answer of this.#answersByWorkspace.get(workspace)?.values() ?? []) this.#forget(answer)
  }

  #known(workspace: string, question: string): Answer | undefined {
    return this.#answersByWorkspace.get(workspace)?.get(question)
  }

  #readForAll(workspace: string, question: string, reads: Reads): Promise<Result> {
    const result = this.#read(workspace, reads)
    const answer = { workspace, question, result, head: Number.POSITIVE_INFINITY, bytes: 0 }
    const answers = this.#answersByWorkspace.get(workspace) ?? new Map<string, Answer>()
    this.#answersByWorkspace.set(workspace, answers.set(question, answer))
    result.then(
      came => this.#keep(answer, came),
      () => this.#forget(answer),
    )
    return result
  }

  #keep(answer: Answer, result: Result): void {
    if (this.#known(answer.workspace, answer.question) !== answer) return
    answer.head = result.head
    answer.bytes = weightOf(result, largestKeptBytes)
    this.#kept.add(answer)
    this.#keptBytes += answer.bytes
    if (answer.bytes > largestKeptBytes) this.#forget(answer)
    for (const oldest of this.#kept) {
      if (this.#keptBytes <= this.mostBytes) break
      this.#forget(oldest)
    }
  }

  #forget(answer: Answer): void {
    const { workspace, question } = answer
    const answers = this.#answersByWorkspace.get(workspace)
    if (answers?.get(question) === answer) answers.delete(question)
    if (answers?.size === 0) this.#answersByWorkspace.delete(workspace)
    if (this.#kept.delete(answer)) this.#keptBytes -= answer.bytes
  }

  #read(workspace: string, reads: Reads): Promise<Result> {
    return this.#turns.take(() => this.store.read(workspace, reads))
  }
}
