'use client'

import { type Client, createClient } from '@tidemark/client'
import { useSyncExternalStore } from 'react'
import { assign } from '../sync/assign'
import { isPersonId, type PersonId, personIds } from '../sync/people'
import { schema } from '../sync/schema'

/** Who sits at this tab, with their replica. */
export interface Seat {
  readonly personId: PersonId
  readonly client: Client
}

const storageKey = 'tidemark-person'
const listeners = new Set<() => void>()
let seat: Seat | null = null

/** Null on the server and in the first paint of the browser: who sits here is known only in the browser. */
export function useSeat(): Seat | null {
  return useSyncExternalStore(subscribe, currentSeat, () => null)
}

/** Another person takes the seat; the replica of the one before stays in the browser, unsent writes included. */
export function changePerson(personId: PersonId): void {
  const left = seat
  sessionStorage.setItem(storageKey, personId)
  localStorage.setItem(storageKey, personId)
  seat = seatOf(personId)
  for (const listener of listeners) listener()
  void left?.client.close()
}

function currentSeat(): Seat {
  if (!seat) {
    const known = sessionStorage.getItem(storageKey) ?? localStorage.getItem(storageKey)
    seat = seatOf(isPersonId(known) ? known : (personIds[0] as PersonId))
    sessionStorage.setItem(storageKey, seat.personId)
  }
  return seat
}

function seatOf(personId: PersonId): Seat {
  const url = location.origin.replace(/^http/, 'ws')
  const client = createClient({
    schema,
    commands: [assign],
    url,
    workspace: 'demo',
    userId: personId,
    auth: () => personId,
  })
  return { personId, client }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
