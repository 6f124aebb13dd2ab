import type { LiveStore } from '@tidemark/client'
import { equalJson, type Json, type Other } from '@tidemark/core'
import { derivedStore } from '../store/derivedStore.js'

/** What all presences have in common. */
export type AnyOther = Other<Readonly<Record<string, Json>>>

/** Someone else, and what a component is shown of them. */
export interface SeenOther {
  readonly whole: AnyOther
  readonly shown: AnyOther
}

/** The others at a place seen through some fields of their state: who did not change in these keeps its identity. */
export function seenOthers(
  place: LiveStore<readonly AnyOther[]>,
  select: readonly string[] | undefined,
): LiveStore<readonly SeenOther[]> {
  return derivedStore<readonly AnyOther[], readonly SeenOther[]>(place, `seen ${JSON.stringify(select)}`, () => {
    let seenByClient = new Map<string, SeenOther>()
    return others => {
      const next: typeof seenByClient = new Map()
      for (const whole of others) {
        const known = seenByClient.get(whole.clientId)
        next.set(whole.clientId, known?.whole === whole ? known : { whole, shown: show(whole, select, known?.shown) })
      }
      seenByClient = next
      return [...next.values()]
    }
  })
}

function show(whole: AnyOther, select: readonly string[] | undefined, previous: AnyOther | undefined): AnyOther {
  const state = select ? pick(whole.state, select) : whole.state
  if (previous?.userId === whole.userId && equalJson(previous.state, state)) return previous
  return Object.freeze({ userId: whole.userId, clientId: whole.clientId, state: Object.freeze(state) })
}

function pick(state: AnyOther['state'], fields: readonly string[]): AnyOther['state'] {
  const present = fields.filter(field => Object.hasOwn(state, field))
  return Object.fromEntries(present.map(field => [field, state[field] as Json]))
}
