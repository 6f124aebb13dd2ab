import type { NodeCore, WorkspaceCommit } from '@tidemark/server/testing'
import { NodeWorkspace } from '@tidemark/server/testing'
import { type Books, books } from '../workload/Books.js'
import { sales } from '../workload/schema.js'
import type { Process } from '../world/Process.js'
import type { Tally } from '../world/Tally.js'
import { Violation } from '../world/Violation.js'

/** The longest that a listener takes for one change, ms. */
const workMs = 30

interface Progress {
  /** Sales that some listener has begun to tell. */
  told: number
  /** The last call of each process. */
  readonly lastByProcess: Map<Process, number>
  readonly active: Set<Process>
  /** The stored position. */
  position: number
  hasBegun: boolean
  /** Up to here nothing is told: it was before the first position, or its log was cut before it was read. */
  untoldTo: number
}

const listener = 'listener:mail'

/**
 * The app listens to its sales on every node. It is called for each of them, in order, at the owner alone; a call is repeated
 * only where the workspace went to another node before it was known to be done. [G7]
 */
export class Listening {
  readonly #progressByBook = new Map<string, Progress>(
    books.map(book => [
      book,
      { told: 0, lastByProcess: new Map(), active: new Set(), position: 0, hasBegun: false, untoldTo: 0 },
    ]),
  )
  /**
   * What nodes go through. Where all stay, nothing is told twice, nor at two nodes at a time. Where they come and go in peace
   * nothing is told again once the position after it is stored.
   */
  nodes: 'stay' | 'move' | 'break' = 'stay'

  constructor(
    private readonly sold: Books,
    private readonly tally: Tally,
    private readonly failed: (error: unknown) => void,
  ) {}

  start(process: Process, core: NodeCore): void {
    for (const book of books) {
      new NodeWorkspace(core, book).onChange(sales, { name: 'mail' }, async change => {
        const progress = this.#progressByBook.get(book) as Progress
        this.#try(() => {
          if (change.kind === 'gap') progress.untoldTo = Math.max(progress.untoldTo, change.to)
          else this.#called(book, progress, process, change.seq)
        })
        progress.active.add(process)
        await new Promise<void>(resolve => process.after(workMs, resolve))
        progress.active.delete(process)
      })
    }
  }

  /** Its position in a book is stored: it never goes back. */
  committed({ workspace, replicas }: WorkspaceCommit): void {
    const stored = replicas.find(({ replica }) => replica === listener)
    const progress = this.#progressByBook.get(workspace)
    if (stored === undefined || progress === undefined) return
    const { lastNumber } = stored
    if (lastNumber < progress.position)
      throw new Violation(
        'G7',
        `the listener's position in ${workspace} goes from ${progress.position} to ${lastNumber}`,
      )
    if (!progress.hasBegun) progress.untoldTo = lastNumber
    progress.hasBegun = true
    progress.position = lastNumber
  }

  /** At the end: nothing was left out. */
  get isQuiet(): boolean {
    return [...this.#progressByBook].every(([book, { told, untoldTo }]) =>
      this.sold.salesOf(book).every((seq, index) => index < told || seq <= untoldTo),
    )
  }

  mustBeComplete(): void {
    if (!this.isQuiet) throw new Violation('G7', 'a listener was not told of a sale')
  }

  #called(book: string, progress: Progress, process: Process, seq: number): void {
    const seqs = this.sold.salesOf(book)
    const index = seqs.indexOf(seq)
    if (index < 0) throw new Violation('G2', `a listener is told of ${seq} in ${book}, which is no sale`)
    const isSkipped = seqs.slice(progress.told, index).some(missed => missed > progress.untoldTo)
    if (isSkipped) throw new Violation('G6', `a listener is told of ${seq} in ${book} and not of what came before it`)
    if (index < progress.told) {
      this.tally.count('path: listener called again')
      if (this.nodes === 'stay' || (this.nodes === 'move' && seq <= progress.position))
        throw new Violation('G7', `a listener is told of ${seq} in ${book} again`)
    }
    const others = [...progress.active].filter(each => each !== process && each.isAlive)
    if (others.length > 0 && this.nodes === 'stay')
      throw new Violation('G7', `a listener is told of ${seq} in ${book} on two nodes at a time`)
    const last = progress.lastByProcess.get(process) ?? 0
    if (seq <= last && this.nodes !== 'break')
      throw new Violation('G6', `a listener is told of ${seq} after ${last} at the same node`)
    progress.lastByProcess.set(process, seq)
    progress.told = Math.max(progress.told, index + 1)
  }

  #try(check: () => void): void {
    try {
      check()
    } catch (error) {
      this.failed(error)
    }
  }
}
