import type { Welcome } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { backoffMs } from './backoff.js'
import { ClientSession, type SessionEffect, type SessionFact } from './ClientSession.js'

const start = 1_000_000
const greeting = () => ({ protocol: 2, schemaHash: 'h', workspace: 'acme', userId: 'alice', replica: 'r', answered: 3 })

const welcome: Welcome = {
  type: 'welcome',
  node: 'blue',
  userId: 'alice',
  role: 'write',
  now: start,
  incarnation: 'i',
  epoch: 5,
  head: 9,
  lastNumber: 3,
  maxFrameBytes: 1_000,
  table: null,
}

/** A session and its clock; `chance` is always a half. */
class Rig {
  readonly session = new ClientSession(greeting)
  now = start

  take(fact: SessionFact): SessionEffect[] {
    return this.session.take(fact, this.now, 0.5)
  }

  /** Brings it online, as attempt `serial`. */
  goOnline(serial = 1): void {
    if (serial === 1) this.take({ kind: 'connect' })
    this.take({ kind: 'tokenReady', serial, token: 't' })
    this.take({ kind: 'opened', serial })
    this.take({ kind: 'received', serial, messages: [{ ...welcome, now: this.now }] })
  }

  passUntilWake(): SessionEffect[] {
    this.now = this.session.wakeAt ?? this.now
    return this.take({ kind: 'ticked' })
  }
}

const names = (effects: readonly SessionEffect[]): string[] => effects.map(effect => effect.do)

describe('ClientSession', () => {
  it('[CL-SESSION-1] asks for a token, opens, greets, and begins with the welcome', () => {
    const rig = new Rig()
    expect(rig.session.connection).toBe('offline')
    expect(rig.take({ kind: 'connect' })).toEqual([{ do: 'askToken', serial: 1 }])
    expect(rig.session.connection).toBe('connecting')
    expect(rig.take({ kind: 'tokenReady', serial: 1, token: 't' })).toEqual([{ do: 'open', serial: 1 }])
    expect(rig.take({ kind: 'opened', serial: 1 })).toEqual([
      { do: 'send', message: { type: 'hello', token: 't', ...greeting() } },
    ])
    const messages = [welcome, { type: 'heartbeat', seq: 9 }] as const
    expect(rig.take({ kind: 'received', serial: 1, messages })).toEqual([
      { do: 'begin', welcome, clockOffsetMs: 0 },
      { do: 'deliver', message: { type: 'heartbeat', seq: 9 } },
    ])
    expect([rig.session.connection, rig.session.node]).toEqual(['online', 'blue'])
    rig.take({ kind: 'closed', serial: 1, code: 1006 })
    expect(rig.session.node).toBe(null)
  })

  it('[CL-SESSION-2] a silent network is given up after 18 s, and tried again at a random moment within the back-off', () => {
    const rig = new Rig()
    rig.goOnline()
    rig.now += 17_999
    expect(rig.take({ kind: 'ticked' })).toEqual([])
    rig.now += 1
    expect(names(rig.take({ kind: 'ticked' }))).toEqual(['close', 'end'])
    expect(rig.session.wakeAt).toBe(rig.now + 125)
    expect(rig.passUntilWake()).toEqual([{ do: 'askToken', serial: 2 }])
  })

  it('[CL-SESSION-15] a session that went silent is offline until there is another; one that was closed is connecting', () => {
    const rig = new Rig()
    rig.goOnline()
    rig.now += 18_000
    rig.take({ kind: 'ticked' })
    expect(rig.session.connection).toBe('offline')
    rig.passUntilWake()
    expect(rig.session.connection).toBe('offline')
    rig.goOnline(2)
    expect(rig.session.connection).toBe('online')
    rig.take({ kind: 'closed', serial: 2, code: 1006 })
    expect(rig.session.connection).toBe('connecting')
  })

  describe('[CL-SESSION-16] when the network is said to have gone', () => {
    const heartbeat: SessionFact = { kind: 'received', serial: 1, messages: [{ type: 'heartbeat', seq: 1 }] }

    it('a session is offline at once, and goes on', () => {
      const rig = new Rig()
      rig.goOnline()
      expect(rig.take({ kind: 'cutOff' })).toEqual([])
      expect([rig.session.connection, rig.session.node]).toEqual(['offline', null])
      rig.now += 999
      expect(rig.take(heartbeat)).toEqual([{ do: 'deliver', message: { type: 'heartbeat', seq: 1 } }])
      expect(rig.session.connection).toBe('offline')
      rig.now += 1
      expect(names(rig.take(heartbeat))).toEqual(['deliver'])
      expect([rig.session.connection, rig.session.node]).toEqual(['online', 'blue'])
      expect(rig.take({ kind: 'hinted' })).toEqual([])
    })

    it('and nothing has come until it is back, another session is made at once', () => {
      const rig = new Rig()
      rig.goOnline()
      rig.take({ kind: 'cutOff' })
      rig.now += 5_000
      expect(rig.take({ kind: 'hinted' })).toEqual([{ do: 'close' }, { do: 'end' }, { do: 'askToken', serial: 2 }])
      rig.goOnline(2)
      expect(rig.session.connection).toBe('online')
    })

    it('a session that ends is offline until there is another, and is made again when a busy node said', () => {
      const rig = new Rig()
      rig.goOnline()
      rig.take({ kind: 'received', serial: 1, messages: [{ type: 'busy', retryAfterMs: 7_000 }] })
      rig.take({ kind: 'cutOff' })
      expect(names(rig.take({ kind: 'hinted' }))).toEqual(['close', 'end'])
      expect([rig.session.connection, rig.session.wakeAt]).toEqual(['offline', rig.now + 7_000])
      expect(rig.passUntilWake()).toEqual([{ do: 'askToken', serial: 2 }])
      expect(rig.session.connection).toBe('offline')
    })

    it('an attempt is offline, too', () => {
      const rig = new Rig()
      rig.take({ kind: 'connect' })
      rig.take({ kind: 'cutOff' })
      expect(rig.session.connection).toBe('offline')
      rig.goOnline(1)
      expect(rig.session.connection).toBe('online')
    })
  })

  it('[CL-SESSION-3] a session that only listens pings after 25 s', () => {
    const rig = new Rig()
    rig.goOnline()
    rig.now += 12_000
    rig.take({ kind: 'received', serial: 1, messages: [{ type: 'heartbeat', seq: 1 }] })
    rig.now += 12_000
    rig.take({ kind: 'received', serial: 1, messages: [{ type: 'heartbeat', seq: 1 }] })
    rig.now += 1_000
    expect(rig.take({ kind: 'ticked' })).toEqual([{ do: 'send', message: { type: 'ping' } }])
    rig.take({ kind: 'sent' })
    expect(rig.session.wakeAt).toBe(rig.now + 17_000)
  })

  it('[CL-SESSION-4] back-off doubles up to 30 s with full jitter, and is offline from the first failure on', () => {
    expect([0, 1, 2, 6, 7, 8, 100].map(failures => backoffMs(failures, 1))).toEqual([
      250, 500, 1_000, 16_000, 30_000, 30_000, 30_000,
    ])
    expect(backoffMs(5, 0)).toBe(0)
    const rig = new Rig()
    rig.take({ kind: 'connect' })
    for (let serial = 1; serial <= 3; serial++) {
      rig.take({ kind: 'tokenReady', serial, token: null })
      expect(names(rig.take({ kind: 'closed', serial, code: 1006 }))).toEqual(['close'])
      expect(rig.session.connection).toBe('offline')
      expect(rig.session.wakeAt).toBe(rig.now + 125 * 2 ** (serial - 1))
      rig.passUntilWake()
    }
  })

  it.each([
    [4401, 'needs-auth'],
    [4426, 'outdated'],
    [4427, 'outdated'],
    [4403, 'closed'],
    [4409, 'closed'],
  ] as const)('[CL-SESSION-5] close %i is for good: %s, until it is told to connect', (code, status) => {
    const rig = new Rig()
    rig.take({ kind: 'connect' })
    rig.take({ kind: 'tokenReady', serial: 1, token: 't' })
    rig.take({ kind: 'opened', serial: 1 })
    expect(names(rig.take({ kind: 'closed', serial: 1, code }))).toEqual(['close'])
    expect(rig.session.connection).toBe(status)
    expect(rig.session.wakeAt).toBeNull()
    expect(rig.take({ kind: 'connect' })).toEqual([{ do: 'askToken', serial: 2 }])
  })

  it.each([4500, 4503, 4508, 4510, 4511, 4408, 1006])('[CL-SESSION-6] close %i passes: it connects again', code => {
    const rig = new Rig()
    rig.goOnline()
    expect(names(rig.take({ kind: 'closed', serial: 1, code }))).toEqual(['close', 'end'])
    expect(rig.passUntilWake()).toEqual([{ do: 'askToken', serial: 2 }])
  })

  it('[CL-SESSION-7] a token that has run out is asked for again before anybody is told', () => {
    const rig = new Rig()
    rig.goOnline()
    rig.take({ kind: 'received', serial: 1, messages: [{ type: 'goodbye', code: 'UNAUTHORIZED', message: '' }] })
    rig.take({ kind: 'closed', serial: 1, code: 1006 })
    expect(rig.session.connection).toBe('connecting')
    expect(rig.passUntilWake()).toEqual([{ do: 'askToken', serial: 2 }])
    expect(rig.take({ kind: 'tokenFailed', serial: 2 })).toEqual([])
    expect(rig.session.connection).toBe('needs-auth')
    expect(rig.take({ kind: 'hinted' })).toEqual([{ do: 'askToken', serial: 3 }])
  })

  it('[CL-SESSION-8] busy is honoured: nobody comes back before the time that the node named', () => {
    const rig = new Rig()
    rig.goOnline()
    const messages = [{ type: 'busy', retryAfterMs: 7_000 }] as const
    expect(rig.take({ kind: 'received', serial: 1, messages })).toEqual([{ do: 'rest', untilMs: rig.now + 7_000 }])
    rig.take({ kind: 'closed', serial: 1, code: 4503 })
    expect(rig.session.wakeAt).toBe(rig.now + 7_000)
    expect(rig.take({ kind: 'hinted' })).toEqual([])
  })

  it('[CL-SESSION-9] word of an epoch lower than one it has seen is dropped [G4]', () => {
    const rig = new Rig()
    rig.goOnline()
    const changes = (epoch: number) => ({ type: 'changes', epoch, from: 9, to: 10, chunks: [] }) as const
    expect(names(rig.take({ kind: 'received', serial: 1, messages: [changes(6)] }))).toEqual(['deliver'])
    expect(rig.take({ kind: 'received', serial: 1, messages: [changes(5)] })).toEqual([])
    rig.take({ kind: 'closed', serial: 1, code: 1006 })
    rig.passUntilWake()
    rig.take({ kind: 'tokenReady', serial: 2, token: 't' })
    rig.take({ kind: 'opened', serial: 2 })
    expect(names(rig.take({ kind: 'received', serial: 2, messages: [welcome] }))).toEqual(['close'])
  })

  it('[CL-SESSION-10] what an earlier attempt reports late is dropped', () => {
    const rig = new Rig()
    rig.goOnline()
    rig.take({ kind: 'disconnect' })
    rig.take({ kind: 'connect' })
    expect(rig.take({ kind: 'closed', serial: 1, code: 4403 })).toEqual([])
    expect(rig.take({ kind: 'opened', serial: 1 })).toEqual([])
    expect(rig.take({ kind: 'tokenReady', serial: 1, token: 't' })).toEqual([])
    expect(rig.session.connection).toBe('connecting')
  })

  it('[CL-SESSION-11] nobody waits for ever for an opening or a welcome', () => {
    const rig = new Rig()
    rig.take({ kind: 'connect' })
    rig.take({ kind: 'tokenReady', serial: 1, token: 't' })
    expect(names(rig.passUntilWake())).toEqual(['close'])
    rig.passUntilWake()
    rig.take({ kind: 'tokenReady', serial: 2, token: 't' })
    rig.take({ kind: 'opened', serial: 2 })
    expect(names(rig.passUntilWake())).toEqual(['close'])
  })

  it('[CL-SESSION-12] clocks agree where the journey of the welcome leaves it open; else half the journey counts', () => {
    const offsetOf = (nodeNow: number): unknown => {
      const rig = new Rig()
      rig.take({ kind: 'connect' })
      rig.take({ kind: 'tokenReady', serial: 1, token: 't' })
      rig.take({ kind: 'opened', serial: 1 })
      rig.now += 100
      const [begin] = rig.take({ kind: 'received', serial: 1, messages: [{ ...welcome, now: nodeNow }] })
      return begin?.do === 'begin' ? begin.clockOffsetMs : undefined
    }
    expect([start, start + 60, start + 100, start + 3_050, start - 950].map(offsetOf)).toEqual([0, 0, 0, 3_000, -1_000])
  })

  it('[CL-SESSION-14] a clock that is set back by a day delays nothing by more than it waited for anyway', () => {
    const rig = new Rig()
    rig.goOnline()
    rig.take({ kind: 'closed', serial: 1, code: 1006 })
    rig.now -= 86_400_000
    rig.take({ kind: 'ticked' })
    expect(rig.session.wakeAt).toBe(rig.now + 125)
    expect(rig.passUntilWake()).toEqual([{ do: 'askToken', serial: 2 }])
    rig.goOnline(2)
    rig.now -= 86_400_000
    rig.take({ kind: 'sent' })
    expect(rig.session.wakeAt).toBe(rig.now + 18_000)
  })

  it('[CL-SESSION-13] nothing is delivered from a frame after the session is over', () => {
    const rig = new Rig()
    rig.goOnline()
    rig.take({ kind: 'broken' })
    expect(rig.take({ kind: 'received', serial: 1, messages: [{ type: 'heartbeat', seq: 1 }] })).toEqual([])
  })
})
