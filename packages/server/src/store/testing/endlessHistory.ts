import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { Store } from '../Store.js'
import { endlessSteps } from './endlessSteps.js'
import { Ledger, textOf } from './Ledger.js'

const program = fileURLToPath(new URL('./writeUntilKilled.ts', import.meta.url))

/**
 * Another process goes on with the endless history at a place; `then` is called when it has printed so many heads.
 * Answers the last whole line once it has ended.
 */
export async function writeInOtherProcess(
  place: string,
  heads: number,
  then: (child: ChildProcess) => Promise<void>,
): Promise<string> {
  const args = ['--conditions=@tidemark/source', '--import', 'tsx', program, place]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  let last = ''
  let count = 0
  for await (const line of createInterface({ input: child.stdout })) {
    last = line
    if (++count === heads) await then(child)
  }
  await exit
  return last
}

/** Holds what is stored against the history up to its head, which ends with a whole batch; answers the head. */
export async function expectWholeHistory(store: Store): Promise<number> {
  const { head } = await store.open('acme', 0)
  const ledger = new Ledger('acme')
  for (let n = 0; ledger.head < head; n++) ledger.batch(endlessSteps(n))
  expect(ledger.head).toBe(head)
  const keys = [...ledger.states.values()].map(({ key }) => key)
  const found = await store.read('acme', {
    log: { kind: 'log', after: 0, limit: head },
    records: { kind: 'records', keys },
  })
  expect(found.log).toEqual(ledger.changes)
  expect(found.records).toEqual(keys.map(key => ledger.state(key)))
  for (const key of keys.slice(-5)) {
    const { body } = await store.read('acme', { body: { kind: 'body', key } })
    expect(body.state && textOf(body.state)).toBe(ledger.body(key)?.text ?? null)
  }
  return head
}
