/** The hooks' types, positive and negative: checked by the compiler, never run. */
import { createClient } from '@tidemark/client'
import type { Other, Query, Row } from '@tidemark/core'
import type * as Y from 'yjs'
import { assert, type Equal } from '../../../core/src/typetests/assert.js'
import { buyTicket, closeSale, pages, schema, tasks, tickets, world } from '../../../core/src/typetests/fixture.js'
import {
  TidemarkProvider,
  useChanges,
  useClient,
  useCommand,
  useLiveCount,
  useLiveDoc,
  useLiveIds,
  useLiveList,
  useLiveRecord,
  useLiveText,
  useOthers,
  useOutbox,
  usePresence,
  useRejections,
  useSuspenseLiveList,
  useSuspenseLiveRecord,
  useSyncStatus,
  useUndo,
} from '../index.js'

declare const filter: 'all' | 'todo' | 'done'

export function Lists(): null {
  useLiveList(tasks, {
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
  useLiveList(tasks, { where: { ...(filter !== 'all' && { status: filter }) } })
  // @ts-expect-error unknown field
  useLiveList(tasks, { where: { stats: 'todo' } })
  // @ts-expect-error wrong value
  useLiveList(tasks, { where: { status: 'open' } })
  // @ts-expect-error wrong value in a list
  useLiveList(tasks, { where: { status: { in: ['open'] } } })
  // @ts-expect-error undefined is neither "any" nor "null"
  useLiveList(tasks, { where: { assignee: undefined } })
  // @ts-expect-error startsWith on a number
  useLiveList(tasks, { where: { votes: { startsWith: 'a' } } })
  // @ts-expect-error has on a field that is no set
  useLiveList(tasks, { where: { title: { has: 'a' } } })
  // @ts-expect-error a set is asked with has
  useLiveList(tasks, { where: { labels: 'bug' } })
  // @ts-expect-error text is not in rows
  useLiveList(tasks, { where: { notes: 'x' } })
  // @ts-expect-error rich text is not in rows
  useLiveList(tasks, { where: { body: { startsWith: 'x' } } })
  // @ts-expect-error objects cannot be compared
  useLiveList(tasks, { where: { meta: { color: 'red' } } })
  // @ts-expect-error order by unknown field
  useLiveList(tasks, { orderBy: '-vote' })
  // @ts-expect-error order by a set
  useLiveList(tasks, { orderBy: 'labels' })
  // @ts-expect-error order by text
  useLiveList(tasks, { orderBy: ['rank', 'notes'] })
  // @ts-expect-error inside or
  useLiveList(tasks, { where: { or: [{ stats: 'todo' }] } })
  const mine = (me: string) => tasks.where({ assignee: me })
  const open: Query<typeof tasks> = {
    where: { and: [mine('alice'), { status: { ne: 'done' } }] },
    orderBy: 'rank',
  }
  useLiveList(tasks, open)
  // @ts-expect-error decided fields filter like any: owner is a string or null
  useLiveList(tickets, { where: { owner: 4 } })

  // ids and counts are asked like lists
  assert<Equal<ReturnType<typeof useLiveIds>['data'], readonly string[]>>()
  useLiveIds(tasks, open).data[0]?.length
  // @ts-expect-error unknown field
  useLiveIds(tasks, { where: { stats: 'todo' } })
  assert<Equal<ReturnType<typeof useLiveCount>['data'], number | undefined>>()
  useLiveCount(tasks, { status: 'todo' })
  // @ts-expect-error unknown field
  useLiveCount(tasks, { stats: 'todo' })

  // select
  const picked = useLiveList(tasks, { limit: 5 }, { select: ['title', 'status'] })
  assert<
    Equal<
      (typeof picked.data)[number],
      { readonly id: string; readonly title: string; readonly status: 'todo' | 'doing' | 'done' }
    >
  >()
  const whole = useLiveList(tasks, null)
  assert<Equal<(typeof whole.data)[number], Row<typeof tasks>>>()
  // @ts-expect-error unknown field
  useLiveList(tasks, {}, { select: ['titel'] })
  // @ts-expect-error noUncheckedIndexedAccess: may be undefined
  whole.data[0].title
  return null
}

export function Records(): null {
  const one = useLiveRecord(tasks, 'id', { select: ['title'] })
  if (one.status === 'ready') assert<Equal<typeof one.data, { readonly id: string; readonly title: string }>>()
  // @ts-expect-error data may be undefined before `ready`
  one.data.title
  if (one.status === 'missing') assert<Equal<typeof one.reason, 'not-found' | 'deleted' | 'denied'>>()
  one.update({ status: 'done' })
  // @ts-expect-error patch of another collection
  one.update({ owner: 'alice' })
  const { status, data } = useLiveRecord(tasks, 'id')
  if (status === 'ready') data.title.length
  useLiveRecord(tasks, null)
  return null
}

export function Texts(): null {
  assert<Equal<ReturnType<typeof useLiveText<(typeof tasks)['fields'], 'notes'>>['text'], Y.Text | undefined>>()
  useLiveText(tasks, 'id', 'notes').text?.toString()
  useLiveText(tasks, 'id', 'body').fragment?.length
  // @ts-expect-error title is no text field
  useLiveText(tasks, 'id', 'title')
  useLiveDoc(pages, 'home').doc?.getMap('shapes')
  // @ts-expect-error only open collections are whole documents
  useLiveDoc(tasks, 'home')
  return null
}

export function Writes(): null {
  // rejections: a union over the values that are passed
  const inbox = useRejections([buyTicket, closeSale, tasks])
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
  useRejections().items.map(i => `${i.code} ${i.message}`)
  useOutbox().items.map(item => item.writeId)
  const { connection } = useSyncStatus()
  // @ts-expect-error no such state
  if (connection === 'connected') return null
  useClient().insert(tasks, { title: 'a', rank: 'a0' })
  return null
}

export function UndoneWrites(): null {
  const history = useUndo()
  assert<Equal<typeof history.canUndo, boolean>>()
  assert<Equal<typeof history.undo, () => void>>()
  // @ts-expect-error a flag is not set
  history.canRedo = true
  useUndo(tasks.record('id')).redo()
  // @ts-expect-error of a record, not of a list
  useUndo(tasks.list({}))
  // @ts-expect-error of a record, not of a collection
  useUndo(tasks)
  return null
}

export function Commands(): null {
  const [buy, buying] = useCommand(buyTicket)
  void buy({ ticket: 't' }).outcome
  // @ts-expect-error input is checked
  buy({ ticket: 4 })
  if (buying.last?.status === 'rejected' && buying.last.code === 'SOLD') buying.last.details.owner.length
  return null
}

export function Changes(): null {
  // the value says the type
  useChanges(tasks.record('id'), c => {
    if (c.kind === 'update') c.before.title !== c.after.title
  })
  useChanges(
    schema,
    c => {
      if (c.collection === 'tickets' && c.kind === 'update') c.after.owner
      // @ts-expect-error no such collection
      if (c.collection === 'ticket') return
    },
    { name: 'bell' },
  )
  return null
}

export function Presence(): null {
  // the value carries the state's type
  const me = usePresence(world.at('room1'), { x: 1, y: 2, name: 'a' })
  assert<Equal<typeof me.me, { x: number; y: number; name: string } | undefined>>()
  me.set({ x: 4 })
  // @ts-expect-error wrong value
  me.set({ x: 'a' })
  // @ts-expect-error a start is a whole state
  usePresence(world, { x: 1 })
  const near = useOthers(world, { where: { x: { gte: 0, lt: 100 } }, select: ['x', 'y'] })
  near[0]?.state.x
  // @ts-expect-error not selected
  near[0]?.state.name
  const all = useOthers(world.at(tasks.record('id')))
  assert<Equal<typeof all, readonly Other<{ x: number; y: number; name: string }>[]>>()
  // @ts-expect-error unknown field
  useOthers(world, { where: { z: 1 } })
  // @ts-expect-error wrong value
  useOthers(world, { where: { x: { startsWith: '1' } } })
  // @ts-expect-error unknown field
  useOthers(world, { select: ['z'] })
  return null
}

export function Suspended(): null {
  // nothing is left to wait for
  const one = useSuspenseLiveRecord(tasks, 'id', { select: ['title'], until: 'server' })
  assert<Equal<typeof one.status, 'ready' | 'missing' | 'unavailable'>>()
  if (one.status === 'ready') assert<Equal<typeof one.data, { readonly id: string; readonly title: string }>>()
  const list = useSuspenseLiveList(tasks, { limit: 5 })
  assert<Equal<typeof list.status, 'partial' | 'complete' | 'unavailable'>>()
  assert<Equal<(typeof list.data)[number], Row<typeof tasks>>>()
  // @ts-expect-error no such wait
  useSuspenseLiveList(tasks, { limit: 5 }, { until: 'ever' })
  // @ts-expect-error a suspending hook always asks for something
  useSuspenseLiveRecord(tasks, null)
  return null
}

// client and provider: no generics
const made = createClient({
  schema,
  commands: [buyTicket, closeSale],
  presence: [world],
  url: 'ws://x',
  workspace: 'acme',
  userId: 'alice',
  auth: () => null,
})
export const app = (
  <TidemarkProvider client={made}>
    <Lists />
  </TidemarkProvider>
)
