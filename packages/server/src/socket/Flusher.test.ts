import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noMetrics } from '../metrics/Metrics.js'
import { Flusher } from './Flusher.js'
import type { Outlet } from './Outlet.js'
import { ManualScheduler } from './testing/ManualScheduler.js'
import { MemorySocket } from './testing/MemorySocket.js'

const KB = 1024

function start(maxQueuedBytes = 256 * KB) {
  const scheduler = new ManualScheduler()
  const failures: unknown[] = []
  const flusher = new Flusher(scheduler, {
    maxQueuedBytes,
    metrics: noMetrics,
    wheel: { now: 0 },
    failed: error => failures.push(error),
  })
  const attach = (socket = new MemorySocket(), listener: Partial<Outlet['listener']> = {}) => {
    const outlet = flusher.attach(socket, { readyForPart: () => {}, recovered: () => {}, ...listener })
    return { socket, outlet }
  }
  return { scheduler, failures, attach }
}

describe('Flusher', () => {
  it('[S-SOCK-1, S-SOCK-2] frames of one turn leave in the next macrotask as one message, the same bytes to all', () => {
    const { scheduler, attach } = start()
    const alice = attach()
    const bob = attach()
    const [a, b] = [Uint8Array.of(1, 2), Uint8Array.of(3)]
    for (const frame of [a, b]) for (const { outlet } of [alice, bob]) expect(outlet.send(frame)).toBe(true)
    expect(alice.socket.sent).toEqual([])
    scheduler.turn()
    expect(alice.socket.sent).toEqual([Uint8Array.of(1, 2, 3)])
    expect(bob.socket.sent[0]).toBe(alice.socket.sent[0])
    expect(scheduler.waiting).toBe(0)
  })

  it('[S-SOCK-3] a tick is followed by a rest as long as itself, of 16 ms at most', () => {
    for (const [tookMs, restMs] of [
      [5, 5],
      [40, 16],
    ] as const) {
      const { scheduler, attach } = start()
      const { outlet, socket } = attach()
      const send = socket.send.bind(socket)
      socket.send = bytes => {
        scheduler.nowMs += tookMs
        send(bytes)
      }
      outlet.send(Uint8Array.of(1))
      scheduler.turn()
      outlet.send(Uint8Array.of(2))
      outlet.send(Uint8Array.of(3))
      scheduler.turn()
      scheduler.advance(restMs - 1)
      expect(socket.sent).toHaveLength(1)
      scheduler.advance(1)
      expect(socket.sent).toEqual([Uint8Array.of(1), Uint8Array.of(2, 3)])
    }
  })

  it('[S-SOCK-3] a clock that goes back shortens the rest and stops nothing', () => {
    const { scheduler, attach } = start()
    const { outlet, socket } = attach()
    outlet.send(Uint8Array.of(1))
    const send = socket.send.bind(socket)
    socket.send = bytes => {
      scheduler.nowMs -= 30_000
      send(bytes)
    }
    scheduler.turn()
    outlet.send(Uint8Array.of(2))
    scheduler.turn()
    expect(socket.sent).toHaveLength(2)
  })

  it('[S-SOCK-3] after 2,000 sockets the event loop has its turn', () => {
    const { scheduler, attach } = start()
    const all = Array.from({ length: 4_500 }, () => attach())
    for (const { outlet } of all) outlet.send(Uint8Array.of(1))
    const served = () => all.filter(({ socket }) => socket.sent.length === 1).length
    const servedAfterTurn = [1, 2, 3].map(() => {
      scheduler.turn()
      return served()
    })
    expect(servedAfterTurn).toEqual([2_000, 4_000, 4_500])
  })

  it('[L4, P23, S-SOCK-4, S-SOCK-5] a client that reads nothing holds 64 KB, is caught up once it reads, and delays nobody', () => {
    const { scheduler, attach } = start()
    let recoveries = 0
    const stalled = attach(new MemorySocket(false), { recovered: () => recoveries++ })
    const reading = attach()
    const frames = Array.from({ length: 1_000 }, () => new Uint8Array(KB))
    const dropped = frames.filter(frame => {
      reading.outlet.send(frame)
      const isTaken = stalled.outlet.send(frame)
      scheduler.turn()
      return !isTaken
    })
    expect(reading.socket.sent).toHaveLength(1_000)
    expect(stalled.socket.bufferedBytes).toBe(64 * KB)
    expect(dropped).toHaveLength(1_000 - 64 - 256)
    expect(recoveries).toBe(0)
    stalled.socket.read()
    scheduler.settle()
    expect(recoveries).toBe(1)
    expect(stalled.outlet.send(Uint8Array.of(1))).toBe(true)
    scheduler.settle()
    expect(stalled.socket.sent.at(-1)).toEqual(Uint8Array.of(1))
  })

  it('[S-SOCK-4] frames beyond the bound in one turn are made up for without waiting for a drain', () => {
    const { scheduler, attach } = start()
    let recoveries = 0
    const { outlet, socket } = attach(new MemorySocket(), { recovered: () => recoveries++ })
    while (outlet.send(new Uint8Array(100 * KB)));
    scheduler.turn()
    expect(recoveries).toBe(1)
    expect(socket.sent).toEqual([])
  })

  it('[S-SOCK-6] parts are made one a tick, while there is room', () => {
    const { scheduler, attach } = start()
    let parts = 5
    const socket = new MemorySocket()
    const { outlet } = attach(socket, {
      readyForPart: () => {
        outlet.sendPart(new Uint8Array(64 * KB))
        if (--parts > 0) outlet.pull()
      },
    })
    outlet.pull()
    scheduler.turn()
    expect(parts).toBe(4)
    scheduler.turn()
    expect(parts).toBe(3)
    socket.stall()
    for (let turn = 0; turn < 5; turn++) scheduler.turn()
    expect(parts).toBe(2)
    expect(scheduler.waiting).toBe(0)
    socket.read()
    scheduler.settle()
    expect(parts).toBe(0)
    expect(socket.sent).toHaveLength(5)
  })

  it('[S-SOCK-7] a session that throws is closed with INTERNAL, and the others are served', () => {
    const { scheduler, failures, attach } = start()
    const bug = new Error('a bug')
    const broken = attach(new MemorySocket(), {
      readyForPart: () => {
        throw bug
      },
    })
    const fine = attach()
    broken.outlet.pull()
    fine.outlet.send(Uint8Array.of(1))
    scheduler.turn()
    expect(failures).toEqual([bug])
    expect(broken.socket.closedWith).toEqual({ code: 4500, reason: 'INTERNAL' })
    expect(fine.socket.sent).toHaveLength(1)
    expect(broken.outlet.send(Uint8Array.of(1))).toBe(false)
  })

  it('[S-SOCK-8] a closing session is sent what waits; a detached one is left alone', () => {
    const { scheduler, attach } = start()
    const closing = attach()
    const gone = attach(new MemorySocket(), {
      readyForPart: () => expect.unreachable(),
      recovered: () => expect.unreachable(),
    })
    closing.outlet.send(Uint8Array.of(1))
    closing.outlet.send(Uint8Array.of(2))
    closing.outlet.close(4510, 'DRAINING')
    expect(closing.socket.sent).toEqual([Uint8Array.of(1, 2)])
    expect(closing.socket.closedWith).toEqual({ code: 4510, reason: 'DRAINING' })
    gone.outlet.send(Uint8Array.of(1))
    gone.outlet.pull()
    gone.outlet.detach()
    scheduler.settle()
    expect(gone.socket.sent).toEqual([])
    expect(closing.socket.sent).toHaveLength(1)
  })

  it('[G5, G10, S-SOCK-1, S-SOCK-5] whatever sockets do, each session gets all that was taken, in order, once', () => {
    const session = fc.nat({ max: 3 })
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ kind: fc.constant('send' as const), bytes: fc.constantFrom(1, 10, 40, 90) }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('sendToAll' as const), bytes: fc.constantFrom(1, 10) }) },
      fc.record({ kind: fc.constant('catchUp' as const), parts: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ kind: fc.constantFrom('stall' as const, 'read' as const) }),
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(session, step), { maxLength: 80, size: 'max' }), steps => {
        const { scheduler, failures, attach } = start()
        let nextFrame = 0
        const newFrame = (kb: number) => {
          const frame = new Uint8Array(kb * KB)
          new DataView(frame.buffer).setUint32(0, nextFrame++)
          return frame
        }
        const sessions = Array.from({ length: 4 }, () => {
          const told = { taken: [] as Uint8Array[], isDirty: false, partsLeft: 0 }
          const socket = new MemorySocket()
          const { outlet } = attach(socket, {
            readyForPart: () => {
              const part = newFrame(60)
              outlet.sendPart(part)
              told.taken.push(part)
              if (--told.partsLeft > 0) outlet.pull()
            },
            recovered: () => {
              told.isDirty = false
            },
          })
          return { told, socket, outlet }
        })
        const send = ({ told, socket, outlet }: (typeof sessions)[number], frame: Uint8Array) => {
          const isTaken = outlet.send(frame)
          expect(isTaken && told.isDirty).toBe(false)
          if (isTaken) told.taken.push(frame)
          else if (!told.isDirty) {
            // What waited is dropped: only what reached the socket is still to be expected there.
            told.isDirty = true
            told.partsLeft = 0
            let handed = socket.sent.reduce((bytes, { length }) => bytes + length, 0)
            told.taken = told.taken.filter(({ length }) => {
              handed -= length
              return handed >= 0
            })
          }
        }
        for (const [at, step] of steps) {
          const one = sessions[at] as (typeof sessions)[number]
          if (step.kind === 'send') send(one, newFrame(step.bytes))
          else if (step.kind === 'sendToAll') {
            const frame = newFrame(step.bytes)
            for (const each of sessions) send(each, frame)
          } else if (step.kind === 'catchUp') {
            if (one.told.isDirty) continue
            one.told.partsLeft = step.parts
            one.outlet.pull()
          } else if (step.kind === 'stall') one.socket.stall()
          else if (step.kind === 'read') one.socket.read()
          else scheduler.turn()
          for (const { socket } of sessions) expect(socket.bufferedBytes).toBeLessThan((64 + 90) * KB)
        }
        for (const { socket } of sessions) socket.read()
        scheduler.settle()
        for (const { told, socket } of sessions) {
          expect(told.isDirty).toBe(false)
          expect(told.partsLeft).toBe(0)
          expect(Buffer.concat(socket.sent).equals(Buffer.concat(told.taken))).toBe(true)
        }
        expect(failures).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})
