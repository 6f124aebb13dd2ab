import {
  collection,
  command,
  counter,
  decided,
  defineSchema,
  openCollection,
  presence,
  richText,
  set,
  text,
} from '@tidemark/core'
import { z } from 'zod'

export const tasks = collection('tasks', {
  title: z.string(),
  status: z.enum(['todo', 'done']).default('todo'),
  rank: z.number().default(0),
  votes: counter(),
  labels: set(z.string()),
  notes: text(),
  story: richText(),
})
export const tickets = collection('tickets', { owner: decided(z.string().nullable().default(null)) })
export const pages = openCollection('pages')
export const schema = defineSchema({ version: 1, collections: [tasks, tickets, pages] })

export const buyTicket = command('tickets.buy', {
  input: z.object({ ticket: z.string() }),
  rejections: { SOLD: z.object({ owner: z.string() }) },
  run(tx, { ticket }, { userId, reject }) {
    const found = tx.get(tickets, ticket)
    if (!found) return reject('NOT_FOUND')
    if (found.owner !== null) return reject('SOLD', { owner: found.owner })
    tx.update(tickets, ticket, { owner: userId })
    return { price: 40 }
  },
})

export const cursors = presence('cursors', z.object({ x: z.number(), y: z.number(), color: z.string() }))
