/** A promise that was broken; `id` names it as in the guarantees. */
export interface Fault {
  readonly id: string
  readonly message: string
}

/** What a part of a run came to. */
export interface PartResult {
  readonly title: string
  readonly figures: readonly (readonly [name: string, value: string | number])[]
  readonly faults: readonly Fault[]
}

const mostOfOneId = 10

/** Collects faults. Of one promise only the first few are kept: the rest is counted. */
export class Faults {
  readonly #faults: Fault[] = []
  readonly #countById = new Map<string, number>()

  add(id: string, message: string): void {
    const count = (this.#countById.get(id) ?? 0) + 1
    this.#countById.set(id, count)
    if (count <= mostOfOneId) this.#faults.push({ id, message })
  }

  has(id: string): boolean {
    return this.#countById.has(id)
  }

  /** Takes those that were collected elsewhere, there: `where`. */
  take(faults: Faults, where: string): void {
    for (const { id, message } of faults.all) this.add(id, `${where}: ${message}`)
  }

  get all(): readonly Fault[] {
    const more = [...this.#countById].filter(([, count]) => count > mostOfOneId)
    return [...this.#faults, ...more.map(([id, count]) => ({ id, message: `and ${count - mostOfOneId} more` }))]
  }
}
