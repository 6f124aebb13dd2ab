import { systemRandom } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { soleReplicaPart } from './soleReplicaPart.js'

class Session {
  readonly values: Map<string, string>

  constructor(values = new Map<string, string>()) {
    this.values = values
  }

  getItem = (key: string) => this.values.get(key) ?? null
  setItem = (key: string, value: string) => void this.values.set(key, value)
  removeItem = (key: string) => void this.values.delete(key)
}

const openPage = (session: Session) => {
  const page = new EventTarget()
  const hide = () => page.dispatchEvent(new Event('pagehide'))
  const show = () => page.dispatchEvent(new Event('pageshow'))
  return { part: soleReplicaPart(systemRandom, session, page), hide, show }
}

describe('soleReplicaPart', () => {
  it('[CL-TABS-3] a tab keeps its part over a reload', () => {
    const session = new Session()
    const before = openPage(session)
    before.hide()
    expect(openPage(session).part).toBe(before.part)
  })

  it('[CL-TABS-3] a duplicated tab has a part of its own', () => {
    const session = new Session()
    const original = openPage(session)
    expect(openPage(new Session(new Map(session.values))).part).not.toBe(original.part)
  })

  it('[CL-TABS-3] a page that comes back from the cache keeps its part from duplicates', () => {
    const session = new Session()
    const original = openPage(session)
    original.hide()
    original.show()
    expect(openPage(new Session(new Map(session.values))).part).not.toBe(original.part)
    original.hide()
    expect(openPage(session).part).toBe(original.part)
  })
})
