import type { LiveStore } from '@tidemark/client'
import { describe, expect, it } from 'vitest'
import { othersWithin } from './othersWithin.js'
import { type AnyOther, seenOthers } from './seenOthers.js'

/** A place whose others are set by hand: what these stores derive from is the port, not a client. */
function placeOf(...first: readonly AnyOther[]) {
  let others = first
  const place: LiveStore<readonly AnyOther[]> = {
    getSnapshot: () => others,
    getServerSnapshot: () => others,
    subscribe: () => () => {},
  }
  return { place, set: (...next: readonly AnyOther[]) => (others = next) }
}

const other = (userId: string, state: AnyOther['state']): AnyOther => ({ userId, clientId: `tab of ${userId}`, state })
const [alice, bob] = [other('alice', { x: 1, color: 'red' }), other('bob', { x: 9, color: 'blue' })]
const near = '{"field":"x","op":"lt","value":5}'
const everywhere = '{"op":"true"}'

describe('the others at a place', () => {
  it('[R-PRES-5] keep the array and its items when what they show is said again', () => {
    const { place, set } = placeOf(alice, bob)
    const others = othersWithin(seenOthers(place, undefined), everywhere)
    const before = others.getSnapshot()
    expect(before).toEqual([alice, bob])
    set(structuredClone(alice), structuredClone(bob))
    expect(others.getSnapshot()).toBe(before)
    set({ ...alice, state: { x: 2, color: 'red' } }, structuredClone(bob))
    expect(others.getSnapshot()[0]?.state).toEqual({ x: 2, color: 'red' })
    expect(others.getSnapshot()[1]).toBe(before[1])
  })

  it('[R-PRES-5] are seen through the selected fields, those that a state has', () => {
    const { place, set } = placeOf(alice, other('bob', { x: 9 }))
    const others = othersWithin(seenOthers(place, ['color']), everywhere)
    const before = others.getSnapshot()
    expect(before.map(({ state }) => state)).toEqual([{ color: 'red' }, {}])
    set(other('alice', { x: 5, color: 'red' }), other('bob', { x: 10 }))
    expect(others.getSnapshot()).toBe(before)
  })

  it('[R-PRES-6] are those within the area, by fields that are not selected too', () => {
    const { place, set } = placeOf(alice, bob)
    const others = othersWithin(seenOthers(place, ['color']), near)
    const [before] = others.getSnapshot()
    expect(others.getSnapshot()).toEqual([{ ...alice, state: { color: 'red' } }])
    set(alice, other('bob', { x: 4, color: 'blue' }))
    expect(others.getSnapshot().map(({ userId }) => userId)).toEqual(['alice', 'bob'])
    expect(others.getSnapshot()[0]).toBe(before)
    set(other('alice', { x: 6, color: 'red' }), bob)
    expect(others.getSnapshot()).toEqual([])
  })

  it('[R-PRES-6] are the same objects for areas that overlap', () => {
    const seen = seenOthers(placeOf(alice, bob).place, ['x'])
    expect(othersWithin(seen, near).getSnapshot()[0]).toBe(othersWithin(seen, everywhere).getSnapshot()[0])
  })

  it('[R-PRES-7] are nobody on the server', () => {
    expect(othersWithin(seenOthers(placeOf(alice).place, undefined), everywhere).getServerSnapshot()).toEqual([])
  })

  it('[R-STABLE-1] are frozen', () => {
    const others = othersWithin(seenOthers(placeOf(alice).place, ['x']), everywhere).getSnapshot()
    expect([others, others[0], others[0]?.state].every(Object.isFrozen)).toBe(true)
  })
})
