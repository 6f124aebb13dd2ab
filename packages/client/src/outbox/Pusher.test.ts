import { decodeMutation, stampFromMs } from '@tidemark/core'
import { createDecoder } from 'lib0/decoding'
import { describe, expect, it } from 'vitest'
import type { OutboxEntry } from '../storage/ReplicaStorage.js'
import { type PushEffect, Pusher } from './Pusher.js'

const session = { maxFrameBytes: 1_000, clockOffsetMs: 0, next: 1, answered: 0 }

function entry(number: number, text = 'x'): OutboxEntry {
  return {
    number,
    writeId: 'AAAAAAAAAAAAAAAAAAAAAA',
    stamp: stampFromMs(5_000),
    seen: 0,
    queuedAt: 5_000,
    isSent: true,
    bytes: 40 + text.length,
    mutation: { kind: 'command', name: 'tickets.buy', input: { text }, queuedAt: 5_000 },
  }
}

function pushed(effects: readonly PushEffect[]): number[][] {
  return effects.flatMap(effect =>
    effect.do === 'send' && effect.message.type === 'push'
      ? [effect.message.mutations.map(({ number }) => number)]
      : [],
  )
}

describe('Pusher', () => {
  it('[CL-PUSH-1] begins behind what the node has decided, and takes before it sends', () => {
    const pusher = new Pusher()
    const [take] = pusher.opened({ ...session, next: 4 })
    expect(take).toMatchObject({ do: 'take', from: 4 })
    expect(pusher.numbered()).toEqual([])
    expect(pushed(pusher.taken([entry(4), entry(5)]))).toEqual([[4, 5]])
  })

  it("[CL-PUSH-2] times are told by the node's clock, with the offset of the session", () => {
    const pusher = new Pusher()
    pusher.opened({ ...session, clockOffsetMs: 1_000 })
    const [send] = pusher.taken([entry(1)])
    expect(send).toMatchObject({
      message: { mutations: [{ stamp: stampFromMs(6_000), mutation: { queuedAt: 6_000 } }] },
    })
  })

  it('[CL-PUSH-3] a mutation that is too large for half a frame goes in parts that join to it', () => {
    const pusher = new Pusher()
    pusher.opened(session)
    const effects = pusher.taken([entry(1), entry(2, 'y'.repeat(2_000)), entry(3)])
    const parts = effects.flatMap(effect =>
      effect.do === 'send' && effect.message.type === 'pushPart' ? [effect.message] : [],
    )
    expect(parts.length).toBeGreaterThan(3)
    expect(parts.map(({ isLast }) => isLast)).toEqual([...parts.slice(1).map(() => false), true])
    const bytes = Uint8Array.from(parts.flatMap(part => [...part.bytes]))
    expect(decodeMutation(createDecoder(bytes))).toMatchObject({
      number: 2,
      mutation: entry(2, 'y'.repeat(2_000)).mutation,
    })
    expect(pushed(effects)).toEqual([[1], [3]])
  })

  it('[CL-PUSH-4] no more than the window is on its way unanswered', () => {
    const pusher = new Pusher()
    pusher.opened({ ...session, maxFrameBytes: 1_000_000 })
    const effects = pusher.taken([entry(1, 'z'.repeat(200_000))])
    expect(effects.filter(effect => effect.do === 'take')).toEqual([])
    expect(pusher.numbered()).toEqual([])
    expect(pusher.answeredUpTo(1)).toMatchObject([{ do: 'take', from: 2 }])
  })

  it('[CL-PUSH-5] after busy it sends again from the first unanswered number, when the time has come', () => {
    const pusher = new Pusher()
    pusher.opened(session)
    pusher.taken([entry(1), entry(2), entry(3)])
    pusher.taken([])
    pusher.storedUpTo(1)
    pusher.answeredUpTo(1)
    pusher.taken([])
    expect(pusher.busy(9_000)).toEqual([{ do: 'wake', at: 9_000 }])
    expect(pusher.numbered()).toEqual([])
    expect(pusher.rested()).toMatchObject([{ do: 'take', from: 2 }])
    expect(pushed(pusher.taken([entry(2), entry(3)]))).toEqual([[2, 3]])
  })

  it('[CL-PUSH-6] what was taken for a session that is over is not sent in the next one before it is asked for', () => {
    const pusher = new Pusher()
    pusher.opened(session)
    pusher.closed()
    expect(pusher.taken([entry(1)])).toEqual([])
    expect(pusher.opened(session)).toMatchObject([{ do: 'take', from: 1 }])
  })

  it('[L1, CL-PUSH-8] what is numbered while entries are taken is taken after them, though these are none', () => {
    const pusher = new Pusher()
    pusher.opened(session)
    expect(pusher.numbered()).toEqual([])
    expect(pusher.taken([])).toMatchObject([{ do: 'take', from: 1 }])
    expect(pushed(pusher.taken([entry(1)]))).toEqual([[1]])
    expect(pusher.taken([])).toEqual([])
  })

  it('[CL-PUSH-7] the node is told of answers that are stored, and sent the others again if it was too busy [G15]', () => {
    const pusher = new Pusher()
    pusher.opened(session)
    pusher.taken([entry(1), entry(2)])
    pusher.taken([])
    pusher.answeredUpTo(1)
    pusher.numbered()
    const [push] = pusher.taken([entry(3)])
    expect(push).toMatchObject({ do: 'send', message: { answered: 0 } })
    pusher.taken([])
    pusher.busy(9_000)
    expect(pusher.rested()).toMatchObject([{ do: 'take', from: 1 }])
    pusher.storedUpTo(1)
    expect(pusher.taken([entry(2), entry(3)])[0]).toMatchObject({ do: 'send', message: { answered: 1 } })
  })
})
