/** The client's types, positive and negative: checked by the compiler, never run. */
import { newId, type Row } from '@tidemark/core'
import type * as Y from 'yjs'
import { assert, type Equal } from '../../../core/src/typetests/assert.js'
import {
  buyTicket,
  closeSale,
  pages,
  schema,
  seats,
  tasks,
  tickets,
  vtasks,
  world,
} from '../../../core/src/typetests/fixture.js'
import {
  type Client,
  createClient,
  type Inbox,
  type LiveRecord,
  type LiveTextOf,
  type Picked,
  type RejectionOf,
} from '../index.js'
import { createServerClient } from '../server.js'

// no generics
const client = createClient({
  schema,
  commands: [buyTicket, closeSale],
  presence: [world],
  url: 'ws://x',
  workspace: 'acme',
  userId: 'alice',
  auth: () => null,
})
assert<Equal<typeof client, Client>>()
// @ts-expect-error a replica is one user's
createClient({ schema, url: 'ws://x', workspace: 'acme' })

// insert: input types, defaults optional, id optional
const inserted = client.insert(tasks, { title: 'a', rank: 'a0' })
assert<Equal<typeof inserted.id, string>>()
client.insert(tasks, { id: newId(), title: 'a', rank: 'a0', status: 'done', votes: 3, labels: ['x'], notes: 'start' })
client.insert(vtasks, { title: 'a' })
// @ts-expect-error rank is required
client.insert(tasks, { title: 'a' })
// @ts-expect-error wrong field
client.insert(tasks, { title: 'a', rank: 'a0', titel: 'b' })
// @ts-expect-error wrong value
client.insert(tasks, { title: 'a', rank: 'a0', status: 'open' })
client.insert(tickets, { event: 'e' })
// @ts-expect-error decided: only commands
client.insert(tickets, { event: 'e', owner: 'alice' })
// @ts-expect-error `owner` of seats has no default: a client cannot make one
client.insert(seats, { event: 'e' })
// @ts-expect-error a receipt is not the row
client.insert(tasks, { title: 'a', rank: 'a0' }).title

// update
client.update(tasks, 'id', {
  status: 'done',
  dueAt: null,
  votes: { increment: 1 },
  labels: { add: ['a'], remove: ['b'] },
})
client.update(tasks, 'id', { labels: ['only', 'these'] })
// @ts-expect-error wrong field
client.update(tasks, 'id', { titel: 'x' })
// @ts-expect-error wrong value
client.update(tasks, 'id', { status: 'open' })
// @ts-expect-error undefined is no value
client.update(tasks, 'id', { assignee: undefined })
// @ts-expect-error a counter is incremented, not set
client.update(tasks, 'id', { votes: 4 })
// @ts-expect-error element type
client.update(tasks, 'id', { labels: { add: [1] } })
// @ts-expect-error text is edited through client.text / useLiveText
client.update(tasks, 'id', { notes: 'x' })
// @ts-expect-error decided
client.update(tickets, 'id', { owner: 'alice' })
declare const row: Row<typeof tasks>
// @ts-expect-error a whole row is no patch: it would overwrite what others changed
client.update(tasks, 'id', { ...row, title: 'x' })
declare const ticketRow: { event: string; owner: string | null }
// @ts-expect-error decided, also when it comes in by a variable
client.update(tickets, 'id', ticketRow)
client.batch(tx => {
  tx.update(tasks, tx.insert(tasks, { title: 'a', rank: 'a0' }), { status: 'done' })
  // @ts-expect-error decided, in a batch too
  tx.update(tickets, 'id', { owner: 'alice' })
})

// reads
void client.get(tasks, 'id', { until: 'server' }).then(found => {
  // @ts-expect-error there may be no such record
  found.title
  found?.title
})
client.liveList(tasks, { where: { status: 'todo' }, orderBy: '-votes' }).getSnapshot().data[0]?.title
// @ts-expect-error unknown field
client.liveList(tasks, { where: { stats: 'todo' } })
const one = client.liveRecord(tasks, 'id').getSnapshot()
if (one.status === 'ready') assert<Equal<typeof one.data, Row<typeof tasks>>>()
if (one.status === 'missing') assert<Equal<typeof one.reason, 'not-found' | 'deleted' | 'denied'>>()
// @ts-expect-error data may be undefined before `ready`
one.data.title
one.update({ status: 'done' })
// @ts-expect-error patch of another collection
one.update({ owner: 'alice' })
type TaskFields = (typeof tasks)['fields']
assert<Equal<Picked<TaskFields, 'title'>, { readonly id: string; readonly title: string }>>()
assert<Equal<Picked<TaskFields, never>, Row<typeof tasks>>>()
assert<Equal<Extract<LiveRecord<TaskFields, 1>, { status: 'ready' }>['data'], 1>>()

// texts and documents
assert<Equal<LiveTextOf<TaskFields, 'notes'>['text'], Y.Text | undefined>>()
client.text(tasks, 'id', 'notes').getSnapshot().text?.toString()
client.text(tasks, 'id', 'body').getSnapshot().fragment?.length
// @ts-expect-error title is no text field
client.text(tasks, 'id', 'title')
client.doc(pages, 'home').getSnapshot().doc?.getMap('shapes')
// @ts-expect-error only open collections are whole documents
client.doc(tasks, 'home')

// commands
const receipt = client.run(buyTicket, { ticket: 't1' })
// @ts-expect-error input is checked
client.run(buyTicket, { ticket: 4 })
export async function afterwards(): Promise<void> {
  const outcome = await receipt.outcome
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
  const closed = await client.run(closeSale, { event: 'e' }).outcome
  if (closed.status === 'accepted') assert<Equal<typeof closed.result, undefined>>()
}

// rejections: a union over the values that are passed
declare const inbox: Inbox<RejectionOf<typeof buyTicket | typeof closeSale | typeof tasks>>
for (const item of inbox.items) {
  if (item.kind === 'write') {
    assert<Equal<typeof item.collection, 'tasks'>>()
    if (item.op === 'update') item.patch.status
  } else if (item.command === buyTicket.name) {
    assert<Equal<typeof item.input, { ticket: string; seats?: number | undefined }>>()
    if (item.code === 'SOLD') assert<Equal<typeof item.details, { owner: string }>>()
    // @ts-expect-error unknown code
    if (item.code === 'SOLDOUT') continue
  } else {
    assert<Equal<typeof item.command, 'sale.close'>>()
    // @ts-expect-error not a code of sale.close
    if (item.code === 'SOLD') continue
  }
}
client.rejections.getSnapshot().items.map(item => `${item.code} ${item.message}`)

// changes: the value says the type
client.changes(tasks.record('id')).subscribe(c => {
  if (c.kind === 'update') c.before.title !== c.after.title
})
client.changes(schema).subscribe(
  c => {
    if (c.collection === 'tickets' && c.kind === 'update') c.after.owner
    // @ts-expect-error no such collection
    if (c.collection === 'ticket') return
  },
  { name: 'bell' },
)
client.changes(tasks).subscribe(c => c.kind === 'insert' && c.after.status)
client.changes(tasks.list({ where: { status: 'todo' } })).subscribe(
  c => {
    if (c.kind === 'gap') c.to - c.from
    else if (c.kind === 'enter') c.after.title
  },
  { name: 'bell', deliver: 'atLeastOnce' },
)
void client.prefetch([tasks.list({ limit: 5 }), tasks, pages.record('home')], { bodies: true })

// presence: the value carries the state's type
const others = client.presence(world.at('room1'))
others.set({ x: 4 })
// @ts-expect-error wrong value
others.set({ x: 'a' })
others.getSnapshot()[0]?.state.name.length

// what a server component reads
const serverClient = createServerClient({ schema, url: 'x', workspace: 'w', token: null })
void serverClient.snapshot([tasks.list({ where: { status: 'todo' }, limit: 50 }), tickets.record('t')])
// @ts-expect-error a target is checked like a query
tasks.list({ where: { stats: 'todo' } })
