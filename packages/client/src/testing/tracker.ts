import {
  collection,
  command,
  counter,
  decided,
  defineSchema,
  openCollection,
  presence,
  set,
  text,
} from '@tidemark/core'
import { z } from 'zod'

export const tasks = collection('tasks', {
  title: z.string(),
  status: z.enum(['todo', 'doing', 'done']).default('todo'),
  rank: z.string().default('m'),
  votes: counter(),
  labels: set(z.string()),
  notes: text(),
})

export const tickets = collection('tickets', {
  event: z.string(),
  owner: decided(z.string().nullable().default(null)),
})

export const buyTicket = command('tickets.buy', {
  input: z.object({ ticket: z.string() }),
  rejections: { SOLD: z.object({ owner: z.string() }) },
  run(tx, { ticket }, { userId, reject }) {
    const row = tx.get(tickets, ticket)
    if (!row) return reject('NOT_FOUND')
    if (row.owner !== null) return reject('SOLD', { owner: row.owner })
    tx.update(tickets, ticket, { owner: userId })
    return { price: 40 }
  },
})

export const pages = openCollection('pages')
export const cursors = presence('cursors', z.object({ x: z.number(), y: z.number() }))

export const schema = defineSchema({ version: 1, collections: [tasks, tickets, pages] })
