import { describe, expect, it } from 'vitest'
import { Placement } from './Placement.js'

const shards = Array.from({ length: 1_024 }, (_, shard) => shard)
const placed = (self: string, ...nodes: string[]): Placement => {
  const placement = new Placement(self, shards.length)
  placement.living(nodes)
  return placement
}

describe('Placement', () => {
  it('[S-PLACE-1] is the same at all nodes, whoever asks', () => {
    const [a, b] = [placed('a', 'a', 'b', 'c'), placed('b', 'a', 'b', 'c')]
    expect(shards.map(shard => a.ownerOf(shard))).toEqual(shards.map(shard => b.ownerOf(shard)))
  })

  it('[S-PLACE-2] spreads evenly, and a node that comes or goes moves only its own share', () => {
    const before = placed('a', 'a', 'b', 'c')
    const after = placed('a', 'a', 'b', 'c', 'd')
    const moved = shards.filter(shard => before.ownerOf(shard) !== after.ownerOf(shard))
    expect(moved.every(shard => after.ownerOf(shard) === 'd')).toBe(true)
    for (const node of ['a', 'b', 'c', 'd']) {
      const share = shards.filter(shard => after.ownerOf(shard) === node).length / shards.length
      expect(share).toBeGreaterThan(0.2)
      expect(share).toBeLessThan(0.3)
    }
  })

  it('[S-PLACE-3] gives nothing to a node that says it goes, unless it is the last', () => {
    const placement = placed('a', 'a', 'b')
    expect(placement.leaving('b')).toBe(true)
    expect(shards.every(shard => placement.isOwn(shard))).toBe(true)
    expect(placement.leaving('a')).toBe(false)
    expect(placement.isOwn(0)).toBe(true)
    // It is gone by the store, and comes back under its name.
    expect(placement.living(['a'])).toBe(false)
    expect(placement.living(['a', 'b'])).toBe(true)
  })
})
