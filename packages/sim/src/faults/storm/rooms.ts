import { createHash } from 'node:crypto'
import type { RowValues, WatchTarget } from '@tidemark/core'
import { notes } from '../schema.js'

/** Each room has a list of the notes of each. */
export const statuses = ['todo', 'doing'] as const
export type Status = (typeof statuses)[number]

/** What somebody looks at: one list of one room. Many look at the same. */
export interface Place {
  readonly room: string
  readonly status: Status
}

const roomOf = (number: number): string => `room-${number}`

export const roomsOf = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => roomOf(n))

/** The n-th of many who are spread over so many rooms. */
export function placeOf(n: number, rooms: number): Place {
  const status = statuses[Math.floor(n / rooms) % statuses.length] ?? 'todo'
  return { room: roomOf(n % rooms), status }
}

export const keyOf = ({ room, status }: Place): string => `${room} ${status}`

export function targetOf({ status }: Place): WatchTarget {
  return { kind: 'list', collection: notes.name, where: { status }, orderBy: ['-rank'], limit: null }
}

/** What is shown at each place, by its key. */
export type Digests = Readonly<Record<string, string>>

/** The same for all who show the same. */
export function digestOf(rows: Iterable<readonly [id: string, values: RowValues]>): string {
  const shown = [...rows].map(([id, { title, status, rank, votes }]) => [id, title, status, rank, votes])
  shown.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
  return createHash('sha1').update(JSON.stringify(shown)).digest('base64')
}
