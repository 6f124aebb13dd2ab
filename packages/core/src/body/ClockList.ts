/** Arrays longer than this are cut in two: moving so many elements costs next to nothing. */
const maxChunk = 1_024

/** Things sorted by the clock they begin at, where any may be added or found in little time, however many they are. */
export class ClockList<T extends { readonly id: { readonly clock: number } }> {
  readonly #chunks: T[][] = [[]]

  /** The last that begins at the clock or before it. */
  at(clock: number): T | undefined {
    const chunk = this.#chunks[this.#chunkOf(clock)]!
    return chunk[countUpTo(chunk, clock) - 1]
  }

  /** Answers how many stand behind it. */
  add(thing: T): number {
    const index = this.#chunkOf(thing.id.clock)
    const chunk = this.#chunks[index]!
    const at = countUpTo(chunk, thing.id.clock)
    chunk.splice(at, 0, thing)
    let behind = chunk.length - at - 1
    for (let i = index + 1; i < this.#chunks.length; i++) behind += this.#chunks[i]!.length
    if (chunk.length > maxChunk) this.#chunks.splice(index + 1, 0, chunk.splice(maxChunk / 2))
    return behind
  }

  #chunkOf(clock: number): number {
    let low = 0
    let high = this.#chunks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#chunks[middle]![0]!.id.clock <= clock) low = middle
      else high = middle - 1
    }
    return low
  }
}

function countUpTo(chunk: readonly { readonly id: { readonly clock: number } }[], clock: number): number {
  let low = 0
  let high = chunk.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (chunk[middle]!.id.clock <= clock) low = middle + 1
    else high = middle
  }
  return low
}
