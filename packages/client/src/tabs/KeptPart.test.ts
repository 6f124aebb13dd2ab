import { describe, expect, it } from 'vitest'
import { KeptPart } from './KeptPart.js'

class Session {
  readonly values: Map<string, string>

  constructor(values = new Map<string, string>()) {
    this.values = values
  }

  getItem = (key: string) => this.values.get(key) ?? null
  setItem = (key: string, value: string) => void this.values.set(key, value)
  removeItem = (key: string) => void this.values.delete(key)
}

let parts = 0

function openPage(session: Session) {
  const page = new EventTarget()
  const partOf = (name: string) => {
    const kept = new KeptPart(name, session, page)
    const part = kept.take() ?? `part ${++parts}`
    kept.keep(part)
    return part
  }
  const hide = () => page.dispatchEvent(new Event('pagehide'))
  const show = () => page.dispatchEvent(new Event('pageshow'))
  return { acme: partOf('acme'), beta: partOf('beta'), hide, show }
}

describe('KeptPart', () => {
  it('[CL-TABS-3] a tab keeps its part over a reload, one for each replica', () => {
    const session = new Session()
    const { hide, acme, beta } = openPage(session)
    expect(acme).not.toBe(beta)
    hide()
    expect(openPage(session)).toMatchObject({ acme, beta })
  })

  it('[CL-TABS-3] a duplicated tab has a part of its own', () => {
    const session = new Session()
    const original = openPage(session)
    expect(openPage(new Session(new Map(session.values))).acme).not.toBe(original.acme)
  })

  it('[CL-TABS-3] a page that comes back from the cache keeps its part from duplicates', () => {
    const session = new Session()
    const original = openPage(session)
    original.hide()
    original.show()
    expect(openPage(new Session(new Map(session.values))).acme).not.toBe(original.acme)
    original.hide()
    expect(openPage(session).acme).toBe(original.acme)
  })
})
