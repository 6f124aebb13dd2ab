import { schemaModelOf, systemClock } from '@tidemark/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryStorage } from '../storage/MemoryStorage.js'
import { seededRandom } from '../testing/seededRandom.js'
import { schema } from '../testing/tracker.js'
import { Outbox } from './Outbox.js'
import { OutboxRunner } from './OutboxRunner.js'
import { Receipts } from './Receipts.js'

/** One tab's outbox on a storage, with a node that accepts whatever is sent. */
async function openTab() {
  const storage = new MemoryStorage(seededRandom(1))
  await storage.open()
  const outbox = new Outbox(schemaModelOf(schema), 1_000_000)
  const receipts = new Receipts(
    writeId => runner.cancel(writeId),
    () => undefined,
  )
  const parts = { outbox, receipts, storage, clock: systemClock, random: seededRandom(2) }
  const runner: OutboxRunner = new OutboxRunner(parts, { show: () => undefined, stored: () => undefined })
  runner.open([])
  let votes = 0
  return {
    vote: (increment: number) => {
      const patch = { votes: { increment } }
      return runner.write({ kind: 'write', write: { op: 'update', collection: 'tasks', id: 'a', patch } }, 0)
    },
    saved: () => runner.idle(),
    /** Everything is sent and answered; gives all votes that were ever sent. */
    send: async (): Promise<number> => {
      const entries = await storage.takeForSending(1, 1_000_000)
      outbox.heard(entries)
      for (const { mutation } of entries) {
        if (mutation.kind !== 'write' || mutation.write.op !== 'update') continue
        votes += (mutation.write.patch.votes as { readonly increment: number }).increment
      }
      const settled = entries.map(({ number }) => number)
      runner.settled(outbox.answered(settled.map(number => ({ number, status: 'accepted' }))).settled)
      const none = { rows: [], droppedRows: [], bodies: [], droppedBodies: [], subscriptions: [] }
      await storage.apply({ version: 1, ...none, droppedSubscriptions: [], rejections: [], outcomes: [], settled })
      return votes
    },
  }
}

describe('OutboxRunner', () => {
  it('[CL-OUTBOX-6] a call that is cancelled twice takes nothing else with it', async () => {
    const { vote, saved, send } = await openTab()
    const first = vote(1)
    const second = vote(2)
    await saved()
    expect(await first.cancel()).toBe(true)
    expect(await first.cancel()).toBe(false)
    expect(await send()).toBe(2)
    expect(await second.outcome).toMatchObject({ status: 'accepted' })
  })

  it('[CL-OUTBOX-6] [G15] whenever calls are cancelled, those that say so are not sent, and all others are', async () => {
    const step = fc.oneof(
      { arbitrary: fc.constant('vote' as const), weight: 6 },
      { arbitrary: fc.nat(2).map(back => ({ cancel: back })), weight: 6 },
      { arbitrary: fc.constantFrom('breathe' as const, 'save' as const), weight: 6 },
      { arbitrary: fc.constant('send' as const), weight: 1 },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async steps => {
        const { vote, saved, send } = await openTab()
        const calls: ReturnType<typeof vote>[] = []
        const cancellations: Promise<unknown>[] = []
        for (const step of steps) {
          if (step === 'vote') calls.push(vote(2 ** calls.length))
          else if (step === 'breathe') await Promise.resolve()
          else if (step === 'save') await saved()
          else if (step === 'send') await send()
          else cancellations.push(calls.at(-1 - step.cancel)?.cancel() ?? Promise.resolve())
        }
        await Promise.all(cancellations)
        await saved()
        const sent = await send()
        const open = Promise.resolve({ status: 'open' })
        const outcomes = await Promise.all(calls.map(call => Promise.race([call.outcome, open])))
        expect(outcomes).not.toContainEqual({ status: 'open' })
        const accepted = outcomes.reduce((sum, { status }, place) => sum + (status === 'accepted' ? 2 ** place : 0), 0)
        expect(sent).toBe(accepted)
      }),
      { numRuns: 1_000 },
    )
  })
})
