import * as v from 'valibot'
import { z } from 'zod'
import { command } from '../command/Command.js'
import { presence } from '../presence/presence.js'
import { collection } from '../schema/Collection.js'
import { counter, decided, richText, set, text } from '../schema/Field.js'
import { openCollection } from '../schema/OpenCollection.js'
import { defineSchema } from '../schema/SchemaDef.js'

/** The schema that the type tests of all packages are written against: every kind of field, two validators. */
export const tasks = collection(
  'tasks',
  {
    title: z.string().trim().max(200),
    status: z.enum(['todo', 'doing', 'done']).default('todo'),
    assignee: z.string().nullable().default(null),
    rank: z.string(),
    dueAt: z.number().nullable().default(null),
    meta: z.object({ color: z.string(), tags: z.array(z.string()) }).default({ color: 'red', tags: [] }),
    votes: counter(),
    labels: set(z.string()),
    notes: text(),
    body: richText(),
  },
  { indexes: ['status', 'assignee', 'labels', '$createdAt', ['status', 'rank']] },
)
export const tickets = collection('tickets', {
  event: z.string(),
  owner: decided(z.string().nullable().default(null)),
})
export const seats = collection('seats', { event: z.string(), owner: decided(z.string()) })
export const vtasks = collection('vtasks', {
  title: v.pipe(v.string(), v.maxLength(5)),
  done: v.optional(v.boolean(), false),
})
export const pages = openCollection('pages')
export const schema = defineSchema({ version: 1, collections: [tasks, tickets, seats, vtasks, pages] })

export const buyTicket = command('tickets.buy', {
  input: z.object({ ticket: z.string(), seats: z.number().default(1) }),
  rejections: { SOLD: z.object({ owner: z.string() }), CLOSED: null },
  expiresAfterMs: 15 * 60_000,
  run(tx, { ticket }, { userId, now, reject }) {
    const found = tx.get(tickets, ticket)
    if (!found) return reject('NOT_FOUND')
    if (found.owner !== null) return reject('SOLD', { owner: found.owner })
    if (now > 5) return reject('CLOSED')
    tx.update(tickets, ticket, { owner: userId })
    const id = tx.insert(seats, { event: found.event, owner: userId })
    return { price: 40, id }
  },
})
export const closeSale = command('sale.close', {
  input: v.object({ event: v.string() }),
  run(tx, { event }, { reject }) {
    if (event === '') return reject('INVALID', { message: 'which event?' })
    for (const ticket of tx.list(tickets, { where: { event } })) tx.remove(tickets, ticket.id)
  },
})
export const world = presence('world', z.object({ x: z.number(), y: z.number(), name: z.string() }))
