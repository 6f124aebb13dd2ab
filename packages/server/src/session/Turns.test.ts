import { describe, expect, it } from 'vitest'
import { Turns } from './Turns.js'

describe('[S-STORM-2] turns', () => {
  it('come in order, so many at a time, whether what was before succeeded or not', async () => {
    const turns = new Turns(2)
    const begun: number[] = []
    const ends: { readonly succeed: () => void; readonly fail: (error: Error) => void }[] = []
    const work = (n: number) => () => {
      begun.push(n)
      return new Promise<void>((succeed, fail) => ends.push({ succeed, fail }))
    }
    const [first, second] = [turns.take(work(1)), turns.take(work(2)), turns.take(work(3)), turns.take(work(4))]
    expect([begun, turns.waitingCount]).toEqual([[1, 2], 2])
    ends[1]?.fail(new Error('no disk'))
    await expect(second).rejects.toThrow('no disk')
    ends[0]?.succeed()
    await first
    await new Promise(resolve => setImmediate(resolve))
    expect([begun, turns.waitingCount]).toEqual([[1, 2, 3, 4], 0])
  })
})
