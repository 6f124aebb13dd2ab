import { collection, counter, decided, defineSchema, openCollection, set, text } from '@tidemark/core'
import { z } from 'zod'

const noteFields = {
  title: z.string().default(''),
  team: z.string(),
  status: z.enum(['todo', 'doing', 'done']).default('todo'),
  owner: z.string().nullable().default(null),
  rank: z.number().default(0),
  votes: counter(),
  labels: set(z.string()),
  text: text(),
}

/** Who may read a note depends on its team and owner; it has a field of every kind that users set. */
export const notes = collection('notes', noteFields, { indexes: ['team', 'rank'] })
/** The same as clients of the next version know it. */
export const newNotes = collection(
  'notes',
  { ...noteFields, color: z.string().default('none') },
  { indexes: ['team', 'rank'] },
)

/** One seat each: `owner` is for the authority to decide. */
export const seats = collection('seats', {
  event: z.string(),
  owner: decided(z.string().nullable().default(null)),
  token: decided(z.string().default('')),
})

/** So many of a thing, sold by the piece. */
export const stocks = collection('stocks', {
  name: z.string(),
  left: decided(z.number().default(10)),
})

export const sales = collection('sales', { of: z.string(), buyer: z.string(), token: z.string() })

export const pages = openCollection('pages')

/** What clients of an older version run. */
export const oldSchema = defineSchema({ version: 1, collections: [notes, seats, stocks, sales, pages] })
/** What the node runs, and clients of its version. */
export const schema = defineSchema({ version: 2, collections: [newNotes, seats, stocks, sales, pages] })

/** The teams of a note, and of a user. */
export const teams = ['red', 'green', 'blue'] as const
