import type { In, Out, PresenceScope, Schema } from '@tidemark/core'
import { useEffect, useRef } from 'react'
import { type OwnPresence, seatAt } from './presence/PresenceSeat.js'
import { useClient } from './provider/useClient.js'
import { useStore } from './store/useStore.js'

/**
 * What others see of this user at a place: from `initial` on, or from the first `set`, until the last component that
 * shows something there has gone.
 */
export function usePresence<S extends Schema>(presence: PresenceScope<S>, initial?: In<S>): OwnPresence<Out<S>> {
  const seat = seatAt(useClient().presence(presence), presence)
  const latest = useRef(initial)
  useEffect(() => {
    latest.current = initial
  })
  useEffect(() => seat.hold(latest.current as object | undefined), [seat])
  return useStore(seat)
}
