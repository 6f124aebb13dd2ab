import type { Standing, Store } from '../store/Store.js'

interface Newcomer {
  readonly workspace: string
  readonly replica: string | null
  isHere(): boolean
  readonly told: (standing: Standing | null) => void
  readonly failed: (error: unknown) => void
}

/** Enough for a statement to be worth its way, few enough for its answer to come soon. */
const mostTogether = 256

/**
 * What the store is asked for those who come, and for those whose rights were asked for again: one read after another,
 * each for all who came while the last was under way. [L3]
 */
export class NewcomerReads {
  #waiting: Newcomer[] = []
  #isReading = false

  constructor(private readonly store: Pick<Store, 'standings'>) {}

  get waitingCount(): number {
    return this.#waiting.length
  }

  /**
   * Where the workspace stands and what is known of the replica, as of after this was asked. Null if the newcomer has
   * gone meanwhile: others are not to wait for what nobody wants any more.
   */
  read(workspace: string, replica: string | null, isHere: () => boolean): Promise<Standing | null> {
    return new Promise((told, failed) => {
      this.#waiting.push({ workspace, replica, isHere, told, failed })
      if (!this.#isReading) void this.#readAll()
    })
  }

  async #readAll(): Promise<void> {
    this.#isReading = true
    while (this.#waiting.length > 0) await this.#readNext()
    this.#isReading = false
  }

  async #readNext(): Promise<void> {
    const newcomers: Newcomer[] = []
    for (const newcomer of this.#waiting.splice(0, mostTogether)) {
      if (newcomer.isHere()) newcomers.push(newcomer)
      else newcomer.told(null)
    }
    if (newcomers.length === 0) return
    try {
      const standings = await this.store.standings(newcomers.map(({ workspace, replica }) => ({ workspace, replica })))
      for (const [index, { told }] of newcomers.entries()) told(standings[index] ?? null)
    } catch (error) {
      for (const { failed } of newcomers) failed(error)
    }
  }
}
