import type { Mutation } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { ManualScheduler } from '../socket/testing/ManualScheduler.js'
import type { ReplicaTask } from './Task.js'
import { TaskTurns } from './TaskTurns.js'

const plain: Mutation = { kind: 'void' }
const bodyOf = (bytes: number): Mutation => ({ kind: 'body', collection: 'c', id: 'i', update: new Uint8Array(bytes) })

function task(replica: string, number: number, mutation = plain): ReplicaTask {
  const entry = { number, writeId: `${number}`, stamp: 1, seen: 0, mutation }
  return { kind: 'replica', replica, user: { userId: replica }, role: 'write', answered: 0, entry }
}

function start({ share }: { readonly share: number }) {
  const scheduler = new ManualScheduler()
  const passed: string[] = []
  const turns = new TaskTurns(scheduler, share, (_, { replica, entry }) => passed.push(`${replica}${entry.number}`))
  const push = (replica: string, ...numbers: number[]) => {
    for (const number of numbers) turns.take('acme', task(replica, number))
  }
  const taken = () => passed.splice(0).join(' ')
  return { scheduler, turns, push, taken }
}

describe('turns among replicas', () => {
  it('[S-AUTH-4] what is within a share is passed on at once, what is beyond a turn later, in its order', () => {
    const { scheduler, turns, push, taken } = start({ share: 2 })
    push('a', 1, 2, 3, 4, 5)
    expect(taken()).toBe('a1 a2')
    scheduler.turn()
    expect(taken()).toBe('a3 a4')
    push('a', 6)
    scheduler.turn()
    expect(taken()).toBe('a5 a6')
    expect(turns.isIdle).toBe(true)
    push('a', 7)
    expect(taken()).toBe('')
    scheduler.turn()
    expect(taken()).toBe('a7')
  })

  it('[S-AUTH-4] nobody waits for what another has pushed at once', () => {
    const { scheduler, push, taken } = start({ share: 2 })
    push('a', 1, 2, 3, 4, 5, 6)
    push('b', 1)
    expect(taken()).toBe('a1 a2 b1')
    scheduler.turn()
    push('b', 2)
    expect(taken()).toBe('a3 a4 b2')
  })

  it('[S-AUTH-4] who waits is served one replica a turn, in a ring', () => {
    const { scheduler, push, taken } = start({ share: 1 })
    push('a', 1, 2, 3)
    push('b', 1, 2, 3)
    expect(taken()).toBe('a1 b1')
    const served = [1, 2, 3, 4].map(() => {
      scheduler.turn()
      return taken()
    })
    expect(served).toEqual(['a2', 'b2', 'a3', 'b3'])
  })

  it('[S-AUTH-4] a batch counts its writes, a body update its bytes; one that is over a share has a turn of its own', () => {
    const { scheduler, turns, taken } = start({ share: 3 })
    const writes = Array.from({ length: 3 }, (_, n) => ({ op: 'remove', collection: 'c', id: `${n}` }) as const)
    turns.take('acme', task('a', 1, bodyOf(9 << 10)))
    turns.take('acme', task('a', 2, bodyOf(1 << 20)))
    turns.take('acme', task('a', 3, { kind: 'batch', writes }))
    turns.take('acme', task('a', 4))
    const served = [1, 2, 3].map(() => {
      scheduler.turn()
      return taken()
    })
    expect(served).toEqual(['a1 a2', 'a3', 'a4'])
  })

  it('[S-AUTH-4] replicas of two workspaces are two, and each workspace knows how many wait in it', () => {
    const { scheduler, turns, push, taken } = start({ share: 1 })
    push('a', 1, 2)
    turns.take('other', task('a', 1))
    expect(taken()).toBe('a1 a1')
    expect([turns.waitingCount('acme'), turns.waitingCount('other')]).toEqual([1, 0])
    scheduler.settle()
    expect([turns.waitingCount('acme'), turns.isIdle]).toEqual([0, true])
    expect(taken()).toBe('a2')
  })
})
