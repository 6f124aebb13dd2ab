/**
 * The surface's types, positive and negative: checked by the compiler, never run. Each `@ts-expect-error` is a
 * mistake that an editor must show.
 */
import * as v from 'valibot'
import { z } from 'zod'
import type { Outcome, OutcomeOf, Query, Receipt, Row } from '../index.js'
import {
  type BatchTx,
  type ChangeGap,
  type ChangeOf,
  collection,
  command,
  newId,
  type QueryOf,
  set,
  text,
} from '../index.js'
import { assert, type Equal } from './assert.js'
import { type buyTicket, type closeSale, pages, type schema, seats, tasks, tickets, vtasks, world } from './fixture.js'

// rows
assert<
  Equal<
    Row<typeof tasks>,
    {
      readonly id: string
      readonly title: string
      readonly status: 'todo' | 'doing' | 'done'
      readonly assignee: string | null
      readonly rank: string
      readonly dueAt: number | null
      readonly meta: { color: string; tags: string[] }
      readonly votes: number
      readonly labels: readonly string[]
      readonly $createdAt: number
      readonly $createdBy: string
      readonly $updatedAt: number
      readonly $updatedBy: string
      readonly $pending: boolean
    }
  >
>()
assert<Equal<Row<typeof tickets>['owner'], string | null>>()
assert<Equal<Row<typeof vtasks>['done'], boolean>>()

// what a field may be
// @ts-expect-error optional() has no JSON value
collection('x', { a: z.string().optional() })
// @ts-expect-error a Date is not JSON
collection('x', { a: z.date() })
// @ts-expect-error type-changing transform: the node could not validate the row again
collection('x', { a: z.string().transform(s => s.length) })
collection('x', { a: z.coerce.number(), b: z.string().trim().toLowerCase(), c: z.string().brand<'C'>() })
// @ts-expect-error reserved
collection('x', { id: z.string() })
// @ts-expect-error reserved
collection('x', { or: z.string() })
// @ts-expect-error reserved
collection('x', { $a: z.string() })
// @ts-expect-error elements of a set are scalars
collection('x', { a: set(z.object({ b: z.string() })) })
// @ts-expect-error index on an unknown field
collection('x', { a: z.string() }, { indexes: ['b'] })
// @ts-expect-error index on a text field
collection('x', { a: z.string(), t: text() }, { indexes: [['a', 't']] })

declare const tx: BatchTx

// insert: input types, defaults optional, id optional
assert<Equal<ReturnType<typeof tx.insert>, string>>()
tx.insert(tasks, { title: 'a', rank: 'a0' })
tx.insert(tasks, { id: newId(), title: 'a', rank: 'a0', status: 'done', votes: 3, labels: ['x'], notes: 'start' })
tx.insert(vtasks, { title: 'a' })
// @ts-expect-error rank is required
tx.insert(tasks, { title: 'a' })
// @ts-expect-error wrong field
tx.insert(tasks, { title: 'a', rank: 'a0', titel: 'b' })
// @ts-expect-error wrong value
tx.insert(tasks, { title: 'a', rank: 'a0', status: 'open' })
// @ts-expect-error rich text is edited through the body
tx.insert(tasks, { title: 'a', rank: 'a0', body: 'x' })
tx.insert(tickets, { event: 'e' })
// @ts-expect-error decided: only commands
tx.insert(tickets, { event: 'e', owner: 'alice' })
// @ts-expect-error `owner` of seats has no default: a client cannot make one
tx.insert(seats, { event: 'e' })
// @ts-expect-error upsert is checked like insert
tx.upsert(tasks, 'id', { title: 'a' })

// update
tx.update(tasks, 'id', { status: 'done', dueAt: null, votes: { increment: 1 }, labels: { add: ['a'], remove: ['b'] } })
tx.update(tasks, 'id', { labels: ['only', 'these'] })
// @ts-expect-error wrong field
tx.update(tasks, 'id', { titel: 'x' })
// @ts-expect-error wrong value
tx.update(tasks, 'id', { status: 'open' })
// @ts-expect-error undefined is no value
tx.update(tasks, 'id', { assignee: undefined })
// @ts-expect-error a counter is incremented, not set
tx.update(tasks, 'id', { votes: 4 })
// @ts-expect-error element type
tx.update(tasks, 'id', { labels: { add: [1] } })
// @ts-expect-error text is edited through client.text / useLiveText
tx.update(tasks, 'id', { notes: 'x' })
// @ts-expect-error decided
tx.update(tickets, 'id', { owner: 'alice' })
declare const row: Row<typeof tasks>
// @ts-expect-error a whole row is no patch: it would overwrite what others changed
tx.update(tasks, 'id', { ...row, title: 'x' })
declare const plainRow: Row<typeof vtasks>
// @ts-expect-error nor one whose every field could be patched, when it comes in by a variable
tx.update(vtasks, 'id', plainRow)
declare const ticketRow: { event: string; owner: string | null }
// @ts-expect-error decided, also when it comes in by a variable
tx.update(tickets, 'id', ticketRow)

// queries
tasks.list({
  where: {
    status: 'todo',
    votes: { gte: 3 },
    title: { startsWith: 'a', contains: 'b' },
    labels: { has: 'bug' },
    assignee: { in: ['alice', null] },
    id: { in: ['1', '2'] },
    $createdBy: 'alice',
    or: [{ status: { ne: 'done' } }, { dueAt: { lt: 5 } }],
    and: [{ or: [{ rank: 'a' }] }],
    not: { assignee: null },
  },
  orderBy: ['-votes', 'rank', '-$createdAt'],
  limit: 50,
})
declare const filter: 'all' | 'todo' | 'done'
tasks.list({ where: { ...(filter !== 'all' && { status: filter }) } })
// @ts-expect-error unknown field
tasks.list({ where: { stats: 'todo' } })
// @ts-expect-error wrong value
tasks.list({ where: { status: 'open' } })
// @ts-expect-error wrong value in a list
tasks.list({ where: { status: { in: ['open'] } } })
// @ts-expect-error undefined is neither "any" nor "null"
tasks.list({ where: { assignee: undefined } })
// @ts-expect-error startsWith on a number
tasks.list({ where: { votes: { startsWith: 'a' } } })
// @ts-expect-error has on a field that is no set
tasks.list({ where: { title: { has: 'a' } } })
// @ts-expect-error a set is asked with has
tasks.list({ where: { labels: 'bug' } })
// @ts-expect-error text is not in rows
tasks.list({ where: { notes: 'x' } })
// @ts-expect-error rich text is not in rows
tasks.list({ where: { body: { startsWith: 'x' } } })
// @ts-expect-error objects cannot be compared
tasks.list({ where: { meta: { color: 'red' } } })
// @ts-expect-error order by unknown field
tasks.list({ orderBy: '-vote' })
// @ts-expect-error order by a set
tasks.list({ orderBy: 'labels' })
// @ts-expect-error order by text
tasks.list({ orderBy: ['rank', 'notes'] })
// @ts-expect-error inside or
tasks.list({ where: { or: [{ stats: 'todo' }] } })
const mine = (me: string) => tasks.where({ assignee: me })
export const open: Query<typeof tasks> = {
  where: { and: [mine('alice'), { status: { ne: 'done' } }] },
  orderBy: 'rank',
}
tasks.list(open)
// @ts-expect-error decided fields filter like any: owner is a string or null
tickets.list({ where: { owner: 4 } })
// @ts-expect-error a condition is checked where it is made
tickets.where({ ownr: 'alice' })
assert<Equal<Parameters<typeof tickets.list>[0], QueryOf<(typeof tickets)['fields']>>>()

// commands
command('tickets.check', {
  input: z.object({ ticket: z.string(), seats: z.number().default(1) }),
  rejections: { SOLD: z.object({ owner: z.string() }), CLOSED: null },
  run(tx, { ticket, seats: n }, { userId, now, reject }) {
    assert<Equal<typeof n, number>>()
    const found = tx.get(tickets, ticket)
    if (!found) return reject('NOT_FOUND')
    if (found.owner !== null) return reject('SOLD', { owner: found.owner })
    if (now > 5) return reject('CLOSED')
    // @ts-expect-error unknown code
    if (now > 6) return reject('SOLDOUT')
    // @ts-expect-error details missing
    if (now > 7) return reject('SOLD')
    // @ts-expect-error wrong details
    if (now > 8) return reject('SOLD', { owner: 3 })
    // @ts-expect-error set by the engine only
    if (now > 9) return reject('EXPIRED')
    tx.update(tickets, ticket, { owner: userId })
    // @ts-expect-error wrong value
    tx.update(tickets, ticket, { owner: 3 })
    const id = tx.insert(seats, { event: found.event, owner: userId })
    tx.list(tasks, { where: { status: 'todo' } })[0]?.title
    return { price: 40, id }
  },
})
command('sale.check', {
  input: v.object({ event: v.string() }),
  run(tx, { event }, { reject }) {
    // @ts-expect-error no such code here
    if (event === '') return reject('SOLD', { owner: 'x' })
    for (const t of tx.list(tickets, { where: { event } })) tx.remove(tickets, t.id)
  },
})
// @ts-expect-error run is synchronous
command('bad', {
  input: z.object({}),
  async run() {
    await Promise.resolve()
  },
})

export function settled(outcome: Outcome<typeof buyTicket>, closed: Outcome<typeof closeSale>): void {
  if (outcome.status === 'accepted') assert<Equal<typeof outcome.result, { price: number; id: string }>>()
  else if (outcome.status === 'rejected') {
    switch (outcome.code) {
      case 'SOLD':
        assert<Equal<typeof outcome.details, { owner: string }>>()
        break
      case 'CLOSED':
        assert<Equal<typeof outcome.details, null>>()
        break
      case 'EXPIRED':
        assert<Equal<typeof outcome.details.queuedAt, number>>()
        break
      // @ts-expect-error unknown rejection code
      case 'SOLDOUT':
        break
    }
  }
  if (closed.status === 'accepted') assert<Equal<typeof closed.result, undefined>>()
}
declare const receipt: Receipt<number, { SOLD: null }>
assert<Equal<Awaited<typeof receipt.outcome>, OutcomeOf<number, { SOLD: null }>>>()
// @ts-expect-error a receipt is not thenable
receipt.then

// changes: the value says the type
export function onSchema(c: ChangeOf<typeof schema>): void {
  if (c.collection === 'tickets' && c.kind === 'update') c.after.owner
  // @ts-expect-error no such collection
  if (c.collection === 'ticket') return
}
const record = tasks.record('id')
const list = tasks.list({ where: { status: 'todo' } })
export function onTask(c: ChangeOf<typeof record> | ChangeGap, d: ChangeOf<typeof list> | ChangeGap): void {
  if (c.kind === 'update') c.before.title !== c.after.title
  // @ts-expect-error nothing was there before
  if (c.kind === 'insert') c.before.title
  if (d.kind === 'gap') d.to - d.from
  else if (d.kind === 'enter') d.after.title
}

// presence: the value carries the state's type, at any place
world.at('room1').at(tasks.record('t')).at(list).at(pages.record('home'))
assert<Equal<ReturnType<typeof world.at>, typeof world>>()
// @ts-expect-error a place is a target or a name
world.at(4)
