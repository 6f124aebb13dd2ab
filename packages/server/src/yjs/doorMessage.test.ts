import { describe, expect, it } from 'vitest'
import { awarenessFrame, decodeDoorMessage, step1Frame, step2Frame, updateFrame } from './doorMessage.js'

const bytes = new Uint8Array([1, 2, 3])

describe('a message of a stock provider', () => {
  it('[S-DOOR-6] is read as it was written', () => {
    const entries = [{ clientId: 2 ** 32, clock: 7, state: '{"name":"ä"}' }]
    expect(decodeDoorMessage(step1Frame(bytes))).toEqual({ kind: 'step1', vector: bytes })
    expect(decodeDoorMessage(step2Frame(bytes))).toEqual({ kind: 'step2', update: bytes })
    expect(decodeDoorMessage(updateFrame(bytes))).toEqual({ kind: 'update', update: bytes })
    expect(decodeDoorMessage(awarenessFrame(entries))).toEqual({ kind: 'awareness', entries })
    expect(decodeDoorMessage(new Uint8Array([3]))).toEqual({ kind: 'queryAwareness' })
  })

  it('[S-DOOR-6, G11] is never read beyond its end into what others sent', () => {
    const shared = new Uint8Array(64).fill(0x41)
    shared.set([0, 2, 40], 0)
    expect(() => decodeDoorMessage(shared.subarray(0, 5))).toThrow(expect.objectContaining({ code: 'BAD_FRAME' }))
    shared.set([1, 30, 1, 1, 1, 20], 0)
    expect(() => decodeDoorMessage(shared.subarray(0, 8))).toThrow(expect.objectContaining({ code: 'BAD_FRAME' }))
  })

  it('[S-DOOR-6] keeps its bytes when the buffer that it came in is used again', () => {
    const frame = updateFrame(bytes)
    const message = decodeDoorMessage(frame)
    frame.fill(0)
    expect(message).toEqual({ kind: 'update', update: bytes })
  })

  it.each(['{', '5', '"x"', '[1]', 'undefined'])('[S-DOOR-6] shows an object or nothing, not %s', state => {
    const frame = awarenessFrame([{ clientId: 1, clock: 1, state }])
    expect(() => decodeDoorMessage(frame)).toThrow(expect.objectContaining({ code: 'BAD_FRAME' }))
  })
})
