import fc from 'fast-check'
import * as encoding from 'lib0/encoding'
import { describe, expect, it } from 'vitest'
import type { Envelope } from '../change/Envelope.js'
import { isTidemarkError } from '../error/TidemarkError.js'
import { decodeEnvelope, encodeEnvelope } from './envelopeCodec.js'
import { decodeWhole } from './read.js'
import { envelopeArbitrary } from './testing/envelopes.js'

const seed = 20_261_122
const encode = (envelope: Envelope) => encoding.encode(encoder => encodeEnvelope(encoder, envelope))
const decode = (bytes: Uint8Array, workspace = 'acme') =>
  decodeWhole(bytes, decoder => decodeEnvelope(decoder, workspace))

describe('envelopes', () => {
  it(`[C-WIRE-8] are read as they were written (seed ${seed})`, () => {
    fc.assert(
      fc.property(envelopeArbitrary, envelope => {
        expect(decode(encode(envelope), envelope.workspace)).toEqual(envelope)
      }),
      { numRuns: 500, seed },
    )
  })

  it('[C-WIRE-8] name a field, a user and a collection once', () => {
    const row = { headline: 'a', $updatedBy: 'alice' }
    const change = { kind: 'insert', at: 1, userId: 'alice', collection: 'articles', fields: [], before: null } as const
    const changes = [1, 2, 3].map(seq => ({ ...change, seq, id: `r${seq}`, after: row }))
    const bytes = encode({ workspace: 'acme', epoch: 1, from: 0, to: 3, changes, answers: [] })
    const text = Buffer.from(bytes).toString('latin1')
    expect(text.split('headline')).toHaveLength(2)
    expect(text.split('articles')).toHaveLength(2)
  })

  it(`[C-WIRE-4] damaged ones are envelopes or BAD_FRAME (seed ${seed})`, () => {
    let read = 0
    fc.assert(
      fc.property(envelopeArbitrary, fc.nat(), fc.nat({ max: 255 }), fc.boolean(), (envelope, at, byte, isCut) => {
        const bytes = encode(envelope)
        const place = at % bytes.length
        bytes[place] = byte
        try {
          decode(isCut ? bytes.subarray(0, place) : bytes)
          read++
        } catch (error) {
          expect(isTidemarkError(error) && error.code).toBe('BAD_FRAME')
        }
      }),
      { numRuns: 2_000, seed },
    )
    expect(read).toBeGreaterThan(100)
  })
})
