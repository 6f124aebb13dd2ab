import { type Mutation, type RowWrite, schemaModelOf, stampFromMs, systemRandom } from '@tidemark/core'
import { toBase64UrlEncoded } from 'lib0/buffer'
import { describe, expect, it } from 'vitest'
import { newReplicaMeta } from '../storage/newReplicaMeta.js'
import type { NewEntry, OutboxEntry } from '../storage/ReplicaStorage.js'
import { schema } from '../testing/tracker.js'
import { Outbox } from './Outbox.js'

const model = schemaModelOf(schema)
const idOf = (place: number): string => toBase64UrlEncoded(new Uint8Array(16).fill(place))

const update = (id: string, patch: object): Mutation => ({
  kind: 'write',
  write: { op: 'update', collection: 'tasks', id, patch } as RowWrite,
})
const remove = (id: string): Mutation => ({ kind: 'write', write: { op: 'remove', collection: 'tasks', id } })

/** An outbox and a naive storage that numbers what it is handed. */
class Rig {
  readonly outbox: Outbox
  readonly stored = new Map<number, OutboxEntry>()
  #place = 0

  constructor(maxBytes = 1_000_000) {
    this.outbox = new Outbox(model, maxBytes)
  }

  add(mutation: Mutation, options: { readonly atMs?: number; readonly seen?: number } = {}): string {
    const writeId = idOf(++this.#place)
    const { atMs = this.#place, seen = 0 } = options
    this.outbox.add({ writeId, mutation, stamp: stampFromMs(atMs), seen }, atMs)
    return writeId
  }

  save(): void {
    const handed = this.outbox.hand()
    if (handed) this.outbox.saved(handed.map(entry => this.#enqueue(entry)))
  }

  take(): void {
    for (const [number, entry] of this.stored) this.stored.set(number, { ...entry, isSent: true })
    this.outbox.heard([...this.stored.values()])
  }

  get patches(): unknown[] {
    return [...this.stored.values()].map(({ mutation }) =>
      mutation.kind === 'write' && mutation.write.op === 'update' ? mutation.write.patch : mutation.kind,
    )
  }

  #enqueue({ entry, absorbInto }: NewEntry): OutboxEntry {
    const into = absorbInto && this.stored.get(absorbInto.number)
    const stored: OutboxEntry =
      absorbInto && into && !into.isSent
        ? { ...absorbInto.merged, number: into.number, isSent: false }
        : { ...entry, number: this.stored.size + 1, isSent: false }
    this.stored.set(stored.number, stored)
    return stored
  }
}

describe('Outbox', () => {
  it('[CL-OUTBOX-1] calls are numbered in the order they were made, whatever waited for what', () => {
    const rig = new Rig()
    const first = rig.add(update('a', { title: '1' }))
    const handed = rig.outbox.hand() as readonly NewEntry[]
    const second = rig.add(remove('b'))
    const third = rig.add(update('c', { title: '3' }))
    expect(rig.outbox.hand()).toBeNull()
    rig.outbox.saved([{ ...(handed[0] as NewEntry).entry, number: 1, isSent: false }])
    expect(rig.outbox.hand()?.map(({ entry }) => entry.writeId)).toEqual([second, third])
    expect(rig.outbox.entries.map(({ writeId }) => writeId)).toEqual([first, second, third])
  })

  it('[CL-OUTBOX-2] an edit joins an unsent one of the same record, stored or not', () => {
    const rig = new Rig()
    rig.add(update('a', { votes: { increment: 1 } }))
    rig.add(update('a', { votes: { increment: 2 } }))
    rig.add(update('b', { title: 'b' }))
    rig.add(update('a', { title: 'a' }))
    rig.save()
    expect(rig.patches).toEqual([{ votes: { increment: 3 }, title: 'a' }, { title: 'b' }])
    const late = rig.add(update('a', { votes: { increment: 3 } }))
    rig.save()
    expect(rig.patches).toEqual([{ votes: { increment: 6 }, title: 'a' }, { title: 'b' }])
    expect(rig.outbox.size).toBe(2)
    expect(rig.outbox.entryOf(late)?.state).toEqual({ kind: 'queued', number: 1 })
  })

  it('[CL-OUTBOX-3] nothing joins across a command, a batch, an insert or a removal, or into what is sent', () => {
    const barriers: Mutation[] = [
      remove('z'),
      { kind: 'batch', writes: [] },
      { kind: 'command', name: 'tickets.buy', input: {}, queuedAt: 0 },
      { kind: 'write', write: { op: 'insert', collection: 'tasks', id: 'n', values: {} } },
    ]
    for (const barrier of barriers) {
      const rig = new Rig()
      rig.add(update('a', { title: '1' }))
      rig.add(barrier)
      rig.add(update('a', { title: '2' }))
      rig.save()
      expect(rig.stored.size).toBe(3)
    }
    const rig = new Rig()
    rig.add(update('a', { title: '1' }))
    rig.save()
    rig.take()
    rig.add(update('a', { title: '2' }))
    rig.save()
    expect(rig.patches).toEqual([{ title: '1' }, { title: '2' }])
  })

  it('[CL-OUTBOX-4] a field is never carried to a much later stamp, nor a set edit to what it had not seen', () => {
    const rig = new Rig()
    rig.add(update('a', { title: 'morning' }), { atMs: 0 })
    rig.add(update('a', { status: 'done' }), { atMs: 3_600_000 })
    rig.save()
    expect(rig.patches).toEqual([{ title: 'morning' }, { status: 'done' }])
    const again = new Rig()
    again.add(update('a', { title: 'morning' }), { atMs: 0 })
    again.add(update('a', { title: 'evening' }), { atMs: 36_000_000 })
    again.save()
    expect(again.patches).toEqual([{ title: 'evening' }])
    const sets = new Rig()
    sets.add(update('a', { labels: { remove: ['x'] } }), { seen: 1 })
    sets.add(update('a', { title: 't' }), { seen: 2 })
    sets.save()
    expect(sets.stored.size).toBe(2)
  })

  it('[CL-OUTBOX-6] a cancelled call is taken out of what it joined', () => {
    const rig = new Rig()
    const first = rig.add(update('a', { votes: { increment: 1 } }))
    const second = rig.add(update('a', { votes: { increment: 2 } }))
    expect(rig.outbox.cancel(first).kind).toBe('done')
    rig.save()
    expect(rig.patches).toEqual([{ votes: { increment: 2 } }])
    const third = rig.add(update('a', { votes: { increment: 5 } }))
    rig.save()
    const step = rig.outbox.cancel(third)
    expect(step).toMatchObject({
      kind: 'stored',
      number: 1,
      rest: { mutation: update('a', { votes: { increment: 2 } }) },
    })
    rig.outbox.cancelled(third)
    expect(rig.outbox.cancel(second)).toMatchObject({ kind: 'stored', number: 1, rest: undefined })
    rig.outbox.cancelled(second)
    expect(rig.outbox.entryAt(1)?.mutation).toEqual({ kind: 'void' })
    expect(rig.outbox.cancel(second)).toEqual({ kind: 'late' })
  })

  it('[CL-OUTBOX-7] a full outbox refuses before anything shows', () => {
    const rig = new Rig(200)
    rig.add(update('a', { title: 'x'.repeat(100) }))
    expect(() => rig.add(remove('b'.repeat(100)))).toThrow(expect.objectContaining({ code: 'OUTBOX_FULL' }))
    expect(rig.outbox.size).toBe(1)
  })

  it('[CL-OUTBOX-8] an answer that overtakes its number settles the entry as soon as that is known', () => {
    const rig = new Rig()
    const writeId = rig.add(update('a', { title: '1' }))
    const handed = rig.outbox.hand() as readonly NewEntry[]
    rig.outbox.answered([{ number: 1, status: 'accepted' }])
    const { settled } = rig.outbox.saved([{ ...(handed[0] as NewEntry).entry, number: 1, isSent: false }])
    expect(settled).toMatchObject([{ entry: { writeId }, answer: { number: 1 } }])
    expect(rig.outbox.size).toBe(0)
  })

  it('[CL-OUTBOX-9] news of an entry that comes after its answer is no news', () => {
    const rig = new Rig()
    rig.add(update('a', { title: '1' }))
    rig.save()
    const stored = [...rig.stored.values()]
    rig.outbox.answered([{ number: 1, status: 'accepted' }])
    expect(rig.outbox.heard(stored)).toEqual([])
    expect(rig.outbox.size).toBe(0)
  })

  it('[CL-OUTBOX-10] what the storage refuses leaves the outbox', () => {
    const rig = new Rig()
    const first = rig.add(update('a', { title: '1' }))
    const joined = rig.add(update('a', { title: '2' }))
    rig.outbox.hand()
    expect(rig.outbox.notSaved(false).writeIds).toEqual([first, joined])
    expect(rig.outbox.size).toBe(0)
  })

  it('[CL-OUTBOX-27] keeps what was typed, with what was typed after it, and offers it by itself [G15]', () => {
    const rig = new Rig()
    const typed = (id: string) => rig.add({ kind: 'body', collection: 'tasks', id, update: new Uint8Array(3) })
    const handedOf = (kind: 'waiting' | 'kept') => rig.outbox.hand(kind)?.map(({ entry }) => entry.writeId)
    const first = typed('a')
    const call = rig.add(update('a', { title: '1' }))
    rig.outbox.hand()
    const second = typed('a')
    const other = typed('b')
    expect(rig.outbox.notSaved(false)).toMatchObject({ writeIds: [call], hasKept: true })
    const third = typed('a')
    expect(handedOf('waiting')).toEqual([other])
    rig.outbox.saved([])
    expect(handedOf('waiting')).toBeUndefined()
    expect(handedOf('kept')).toEqual([first, second, third])
    const fourth = typed('a')
    rig.outbox.saved([])
    expect(handedOf('waiting')).toEqual([fourth])
    expect(rig.outbox.notSaved(true)).toMatchObject({ writeIds: [fourth], hasKept: false })
  })

  describe('whose storage is read anew', () => {
    const readAt = (answeredNumber: number, replica = '') => ({
      ...newReplicaMeta(systemRandom),
      replica,
      answeredNumber,
    })

    it('[CL-OUTBOX-22] holds what that has, and what was stored since [G15]', () => {
      const rig = new Rig()
      const decided = rig.add(update('a', { title: 'a' }))
      const kept = rig.add(update('b', { title: 'b' }))
      rig.save()
      const { numbered } = rig.outbox
      const since = rig.add(update('c', { title: 'c' }))
      rig.save()
      const stored = [...rig.stored.values()].filter(({ writeId }) => writeId === kept)
      const { gone } = rig.outbox.open({ outbox: stored, meta: readAt(1) }, numbered)
      expect(gone).toMatchObject([{ writeId: decided }])
      expect(rig.outbox.entries.map(({ writeId }) => writeId)).toEqual([kept, since])
    })

    it('[CL-OUTBOX-22] lets go of what was stored and answered meanwhile, with its answer if that was heard [G12] [G15]', () => {
      const answer = { number: 1, status: 'accepted', result: 40 } as const
      for (const heard of [[answer], []]) {
        const rig = new Rig()
        const writeId = rig.add(update('a', { title: 'a' }))
        rig.save()
        const { settled, gone } = rig.outbox.open({ outbox: [], meta: readAt(1) }, new Set(), heard)
        expect(settled).toMatchObject(heard.map(answer => ({ entry: { writeId }, answer })))
        expect(gone).toMatchObject(heard.length > 0 ? [] : [{ writeId }])
        expect(rig.outbox.size).toBe(0)
      }
    })

    it('[CL-OUTBOX-22] takes numbers of a new name for those of other entries [G7] [G15]', () => {
      const rig = new Rig()
      const old = rig.add(update('a', { title: 'a' }))
      rig.save()
      const renewed: OutboxEntry = { ...(rig.stored.get(1) as OutboxEntry), writeId: idOf(9) }
      rig.outbox.heard([renewed])
      const meta = readAt(0, 'another')
      const answers = [{ number: 1, status: 'accepted' }] as const
      const { settled, gone } = rig.outbox.open({ outbox: [renewed], meta }, rig.outbox.numbered, answers)
      expect(settled).toEqual([])
      expect(gone).toMatchObject([{ writeId: old }])
      expect(rig.outbox.entries.map(({ writeId }) => writeId)).toEqual([renewed.writeId])
    })
  })
})
