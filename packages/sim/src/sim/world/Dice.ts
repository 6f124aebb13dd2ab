import type { Random } from '@tidemark/core'

/** All chance of a world, from its seed (sfc32). Parts of the world get dice of their own, so that one more throw here changes nothing there. */
export class Dice implements Random {
  #a: number
  #b: number
  #c: number
  #d = 1

  constructor(seed: number, name = '') {
    let hash = 2166136261 ^ seed
    for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 16777619)
    this.#a = seed >>> 0
    this.#b = hash >>> 0
    this.#c = Math.imul(hash, 2654435761) >>> 0
    for (let round = 0; round < 12; round++) this.#next()
  }

  fraction(): number {
    return this.#next() / 2 ** 32
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#next() >>> 24)
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1))
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.fraction() * items.length)] as T
  }

  /** One of the names, as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][]
    let left = this.fraction() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [name, weight] of entries) {
      left -= weight
      if (left < 0) return name
    }
    return (entries.at(-1) as [K, number])[0]
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#d) | 0
    this.#d = (this.#d + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    this.#c |= 0
    return sum >>> 0
  }
}
