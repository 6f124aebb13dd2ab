import { collection, command, counter, decided, defineSchema, openCollection, set, text } from '@tidemark/core'
import { z } from 'zod'

/** A field of every kind. Each write of a note puts its token among `tokens`, so that it can be found again. */
export const notes = collection(
  'notes',
  {
    title: z.string().max(200),
    status: z.enum(['todo', 'doing', 'done']).default('todo'),
    rank: z.number().default(0),
    votes: counter(),
    tokens: set(z.string().max(200)),
    text: text(),
  },
  { indexes: ['rank'] },
)

/** One seat each. */
export const tickets = collection('tickets', {
  event: z.string().max(200),
  owner: decided(z.string().nullable().default(null)),
})

export const piecesInStock = 100
/** Sold by the piece. */
export const stocks = collection('stocks', {
  name: z.string().max(200),
  left: decided(z.number().default(piecesInStock)),
})

export const sales = collection('sales', {
  of: z.string(),
  pieces: z.number(),
  buyer: z.string(),
  token: z.string(),
})

export const pages = openCollection('pages')

export const schema = defineSchema({ version: 1, collections: [notes, tickets, stocks, sales, pages] })

const token = z.string().max(200)

export const buyTicket = command('tickets.buy', {
  input: z.object({ ticket: z.string().max(128), token }),
  rejections: { SOLD: z.object({ owner: z.string() }) },
  run(tx, { ticket, token }, { userId, reject }) {
    const row = tx.get(tickets, ticket)
    if (row === undefined) return reject('NOT_FOUND')
    if (row.owner !== null) return reject('SOLD', { owner: row.owner })
    tx.update(tickets, ticket, { owner: userId })
    tx.insert(sales, { of: ticket, pieces: 1, buyer: userId, token })
    return { ticket }
  },
})

export const buyPieces = command('stocks.buy', {
  input: z.object({ stock: z.string().max(128), pieces: z.number().int().min(1).max(5), token }),
  rejections: { TOO_FEW: z.object({ left: z.number() }) },
  run(tx, { stock, pieces, token }, { userId, reject }) {
    const row = tx.get(stocks, stock)
    if (row === undefined) return reject('NOT_FOUND')
    if (row.left < pieces) return reject('TOO_FEW', { left: row.left })
    tx.update(stocks, stock, { left: row.left - pieces })
    tx.insert(sales, { of: stock, pieces, buyer: userId, token })
    return { left: row.left - pieces }
  },
})

export const commands = [buyTicket, buyPieces]

/** The workspaces that anybody may enter. */
export const workspaces = ['acme', 'globex', 'initech'] as const
/** Where one is enough. */
export const workspace = 'acme'
