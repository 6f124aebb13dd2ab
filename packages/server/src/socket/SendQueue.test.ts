import { describe, expect, it } from 'vitest'
import { SendQueue } from './SendQueue.js'

const KB = 1024
const frame = (bytes: number) => new Uint8Array(bytes)
const wait = { kind: 'wait' }

/** Frames by their sizes: they are compared as objects nowhere, so that large ones cost nothing. */
function sizesFlushed(queue: SendQueue, bufferedBytes: number): readonly number[] {
  const effect = queue.flushed(bufferedBytes)
  return effect.kind === 'send' ? effect.frames.map(({ length }) => length) : []
}

describe('SendQueue', () => {
  it('[S-SOCK-1] all that waits leaves together, in order, once', () => {
    const queue = new SendQueue(256 * KB)
    const [a, b, part, c] = [frame(1), frame(2), frame(3), frame(4)]
    expect(queue.isDue).toBe(false)
    expect(queue.frameQueued(a)).toBe(true)
    expect(queue.frameQueued(b)).toBe(true)
    queue.partQueued(part)
    expect(queue.frameQueued(c)).toBe(true)
    expect(queue.isDue).toBe(true)
    expect(queue.flushed(0)).toEqual({ kind: 'send', frames: [a, b, part, c] })
    expect(queue.flushed(0)).toEqual(wait)
    expect(queue.isDue).toBe(false)
  })

  it('[S-SOCK-4, G10] beyond the bound all that waits is dropped, and nothing is taken until the socket is empty', () => {
    const queue = new SendQueue(256 * KB)
    for (let sent = 0; sent < 256; sent++) expect(queue.frameQueued(frame(KB))).toBe(true)
    expect(queue.frameQueued(frame(1))).toBe(false)
    expect(queue.frameQueued(frame(1))).toBe(false)
    queue.partQueued(frame(1))
    queue.pulled()
    expect(queue.partDue(0)).toBe(false)
    expect(queue.isDue).toBe(true)
    expect(queue.flushed(1)).toEqual(wait)
    expect(queue.flushed(0)).toEqual({ kind: 'recover' })
    expect(queue.isDue).toBe(false)
    const fresh = frame(1)
    expect(queue.frameQueued(fresh)).toBe(true)
    expect(queue.flushed(0)).toEqual({ kind: 'send', frames: [fresh] })
  })

  it('[S-SOCK-4] a frame that no live frame stands before is taken, however large', () => {
    const queue = new SendQueue(256 * KB)
    expect(queue.frameQueued(frame(1000 * KB))).toBe(true)
    expect(queue.frameQueued(frame(1))).toBe(false)
  })

  it('[S-SOCK-4] parts of a catch-up do not count: a large one is no reason to begin anew', () => {
    const queue = new SendQueue(256 * KB)
    queue.partQueued(frame(8000 * KB))
    for (let sent = 0; sent < 256; sent++) expect(queue.frameQueued(frame(KB))).toBe(true)
    expect(sizesFlushed(queue, 0)).toEqual([8000 * KB])
    expect(queue.frameQueued(frame(1))).toBe(false)
  })

  it('[S-PRES-5, S-SOCK-4] a passing frame is taken only while the socket is empty, and never counts', () => {
    const queue = new SendQueue(2 * KB)
    expect(queue.passingQueued(frame(1), 1, 0)).toBe(false)
    expect(queue.isDue).toBe(false)
    expect(queue.passingQueued(frame(60 * KB), 0, 0)).toBe(true)
    expect(queue.passingQueued(frame(5 * KB), 0, 0)).toBe(false)
    expect(queue.passingQueued(frame(5 * KB), 8 * KB, 8 * KB)).toBe(true)
    expect(queue.frameQueued(frame(2 * KB))).toBe(true)
    expect(sizesFlushed(queue, 0)).toEqual([60 * KB])
    expect(sizesFlushed(queue, 0)).toEqual([5 * KB, 2 * KB])
    queue.passingQueued(frame(1), 0, 0)
    expect(queue.frameQueued(frame(2 * KB))).toBe(true)
    expect(queue.frameQueued(frame(1))).toBe(false)
    expect(queue.passingQueued(frame(1), 0, 0)).toBe(false)
  })

  it('[S-SOCK-5] at most 64 KB are handed to a socket that does not pass them on, and the first frame in any case', () => {
    const queue = new SendQueue(256 * KB)
    for (const size of [30 * KB, 31 * KB, 32 * KB, 100 * KB]) queue.frameQueued(frame(size))
    expect(queue.flushed(64 * KB)).toEqual(wait)
    expect(sizesFlushed(queue, 0)).toEqual([30 * KB, 31 * KB])
    expect(sizesFlushed(queue, 61 * KB)).toEqual([32 * KB])
    expect(queue.flushed(93 * KB)).toEqual(wait)
    expect(sizesFlushed(queue, 32 * KB)).toEqual([100 * KB])
    expect(queue.isDue).toBe(false)
  })

  it('[S-SOCK-6] a part is due when it was asked for and under 64 KB wait here and in the socket', () => {
    const queue = new SendQueue(256 * KB)
    expect(queue.partDue(0)).toBe(false)
    queue.frameQueued(frame(24 * KB))
    queue.pulled()
    expect(queue.isDue).toBe(true)
    expect(queue.partDue(40 * KB)).toBe(false)
    expect(queue.partDue(40 * KB - 1)).toBe(true)
    expect(queue.partDue(0)).toBe(false)
  })

  it('[G11, S-SOCK-9] a cleared queue sends nothing of what it held, asks for no part, and takes frames again', () => {
    const queue = new SendQueue(256 * KB)
    queue.frameQueued(frame(200 * KB))
    queue.partQueued(frame(1))
    queue.pulled()
    queue.cleared()
    expect(queue.isDue).toBe(false)
    expect(queue.partDue(0)).toBe(false)
    expect(queue.frameQueued(frame(200 * KB))).toBe(true)
    expect(sizesFlushed(queue, 0)).toEqual([200 * KB])
  })

  it('[S-SOCK-9] clearing makes up for nothing: a queue that overflowed still recovers', () => {
    const queue = new SendQueue(256 * KB)
    while (queue.frameQueued(frame(100 * KB)));
    queue.cleared()
    expect(queue.flushed(0)).toEqual({ kind: 'recover' })
  })

  it('[S-SOCK-8] a closed queue gives back what it held, and takes and sends nothing', () => {
    const queue = new SendQueue(256 * KB)
    const last = frame(1)
    queue.frameQueued(last)
    expect(queue.closed()).toEqual([last])
    expect(queue.frameQueued(frame(1))).toBe(false)
    queue.partQueued(frame(1))
    queue.pulled()
    expect(queue.isDue).toBe(false)
    expect(queue.partDue(0)).toBe(false)
    expect(queue.flushed(0)).toEqual(wait)
    expect(queue.closed()).toEqual([])
  })
})
