import { command } from '@tidemark/core'
import { z } from 'zod'
import { sales, seats, stocks } from './schema.js'

/** Each call carries a token of its own, by which its effect is found again. */
const token = z.string()

export const buySeat = command('seats.buy', {
  input: z.object({ seat: z.string(), token }),
  rejections: { SOLD: z.object({ owner: z.string() }) },
  run(tx, input, { userId, reject }) {
    const seat = tx.get(seats, input.seat)
    if (seat === undefined) return reject('NOT_FOUND')
    if (seat.owner !== null) return reject('SOLD', { owner: seat.owner })
    tx.update(seats, seat.id, { owner: userId, token: input.token })
    const sale = tx.insert(sales, { of: seat.id, buyer: userId, token: input.token })
    return { seat: seat.id, sale }
  },
})

/** Takes whatever seat is free: what is free is a list, also of what the batch before has just taken. */
export const buyAnySeat = command('seats.buyAny', {
  input: z.object({ event: z.string(), token }),
  rejections: { SOLD_OUT: null },
  run(tx, input, { userId, reject }) {
    const [seat] = tx.list(seats, { where: { event: input.event, owner: null }, limit: 1 })
    if (seat === undefined) return reject('SOLD_OUT')
    tx.update(seats, seat.id, { owner: userId, token: input.token })
    const sale = tx.insert(sales, { of: seat.id, buyer: userId, token: input.token })
    return { seat: seat.id, sale }
  },
})

export const buyStock = command('stocks.buy', {
  input: z.object({ stock: z.string(), pieces: z.number(), token }),
  rejections: { TOO_FEW: z.object({ left: z.number() }) },
  expiresAfterMs: 60_000,
  run(tx, { stock, pieces, token }, { userId, reject }) {
    const row = tx.get(stocks, stock)
    if (row === undefined) return reject('NOT_FOUND')
    if (row.left < pieces) return reject('TOO_FEW', { left: row.left })
    tx.update(stocks, stock, { left: row.left - pieces })
    tx.insert(sales, { of: `${stock}:${pieces}`, buyer: userId, token })
    return { left: row.left - pieces }
  },
})

export const commands = [buySeat, buyAnySeat, buyStock]
