import { describe, expect, it } from 'vitest'
import type { BaseUser } from '../access/AccessRules.js'
import type { ReplicaTask, ServerTask } from '../authority/Task.js'
import { Forwarder } from './Forwarder.js'

const user = { userId: 'alice' } as BaseUser
const task = (number: number, replica = 'r'): ReplicaTask => ({
  kind: 'replica',
  replica,
  user,
  role: 'write',
  answered: 0,
  entry: { number, writeId: 'w', stamp: 0, seen: 0, mutation: { kind: 'void' } },
})
const ask: ServerTask = {
  kind: 'server',
  ticket: 1,
  userId: 'server',
  writeId: 'w',
  work: { kind: 'access', subject: null },
}
const numbersOf = ({ tasks }: { readonly tasks: readonly unknown[] }) =>
  (tasks as ReplicaTask[]).map(({ replica, entry }) => `${replica}${entry?.number}`)

describe('Forwarder', () => {
  it('[S-FORWARD-1] [G7] keeps what is not answered, each replica’s in the order of its numbers, and sends it again', () => {
    const forwarder = new Forwarder()
    for (const number of [3, 1, 2, 2]) forwarder.submitted('acme', task(number), 0)
    forwarder.submitted('acme', task(1, 's'), 0)
    expect(forwarder.waitingCount('acme')).toBe(4)
    expect(forwarder.late(999)).toEqual([])
    expect(forwarder.late(1_000)).toEqual(['acme'])
    expect(numbersOf(forwarder.again('acme', 1_000))).toEqual(['r1', 'r2', 'r3', 's1'])
    forwarder.answered('acme', 'r', 2, 1_500)
    expect(forwarder.late(2_000)).toEqual([])
    expect(numbersOf(forwarder.again('acme', 2_500))).toEqual(['r3', 's1'])
  })

  it('[S-FORWARD-2] forgets what was answered, and whom nobody waits for', () => {
    const forwarder = new Forwarder()
    forwarder.submitted('acme', task(1), 0)
    forwarder.submitted('acme', task(1, 's'), 0)
    forwarder.submitted('acme', ask, 0)
    forwarder.answered('acme', 'r', 1, 0)
    forwarder.forgotten('acme', 's')
    expect(forwarder.again('acme', 0).tasks).toEqual([ask])
    forwarder.submitted('acme', task(2), 0)
    forwarder.unwatched('acme')
    expect(forwarder.again('acme', 0).tasks).toEqual([ask])
    forwarder.resolved('acme', 1)
    expect(forwarder.workspaces).toEqual([])
  })

  it('[S-FORWARD-3] takes a number out of order for one lost on the way, a few times', () => {
    const forwarder = new Forwarder()
    forwarder.submitted('acme', task(2), 0)
    expect([1, 2, 3, 4].map(() => forwarder.mayTryAgain('acme', 'r'))).toEqual([true, true, true, false])
    forwarder.answered('acme', 'r', 1, 0)
    expect(forwarder.mayTryAgain('acme', 'r')).toBe(true)
    expect(forwarder.mayTryAgain('acme', 'unknown')).toBe(false)
  })
})
