import { type Envelope, isTidemarkError } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { changesOf, nodeNamed, presenceOf } from '../Bus.js'
import { decodeMessage, encodeMessage, messageVersion } from './messageCodec.js'

const row = { seq: 8, userId: 'alice', at: 1_700_000_000_000, collection: 'tasks', id: 'r1', fields: ['title'] }
const meta = { $updatedAt: 1_700_000_000_000, $updatedBy: 'alice' }
const envelope: Envelope = {
  workspace: 'acme',
  epoch: 3,
  from: 7,
  to: 12,
  changes: [
    { ...row, kind: 'insert', after: { title: 'a', ...meta }, before: null },
    { ...row, seq: 9, kind: 'update', after: { title: 'b', ...meta }, before: { title: 'a', ...meta } },
    { ...row, seq: 10, kind: 'remove', fields: [], after: null, before: { title: 'b', ...meta } },
    { seq: 11, userId: 'bob', at: 0, kind: 'body', collection: 'tasks', id: 'r2', update: Uint8Array.of(1, 2) },
    { seq: 12, userId: 'bob', at: 1, kind: 'access', subject: 'carol' },
    { seq: 12, userId: 'bob', at: 1, kind: 'access', subject: null },
  ],
  answers: [{ replica: 'replica-1', answer: { number: 4, status: 'accepted', result: 40 } }],
}
const presence = { scope: 'presence/x', state: Uint8Array.of(9), from: 's1', userId: 'alice' }

/** A version that was released stays as it is. */
const pinnedByVersion: Readonly<Record<number, readonly string[]>> = {
  1: [
    '0103070506000180a0abfef9620005616c69636500057461736b730272310300057469746c65050161000a247570646174656441740380a0abfef962000a247570646174656442790505616c696365010301020001020272310303050162040380a0abfef962050505616c6963650303050161040380a0abfef962050505616c696365010302030001020272310303050162040380a0abfef962050505616c696365000304c0a0abfef9620003626f6202027232020102040501060100056361726f6c04050006000100097265706c6963612d3104010328',
    '010a70726573656e63652f78010902733105616c696365',
    '0107',
  ],
}

describe('messages over Redis', () => {
  it('[S-REDIS-7] whose bytes change need another version', () => {
    const encoded = [
      hex(encodeMessage(changesOf('acme'), envelope)),
      hex(encodeMessage(presenceOf('acme'), presence)),
      hex(encodeMessage(nodeNamed('n'), Uint8Array.of(7))),
    ]
    expect(encoded, 'bump messageVersion and pin these').toEqual(pinnedByVersion[messageVersion])
  })

  it('[S-REDIS-7] are read as they were written', () => {
    const topic = changesOf('acme')
    expect(decodeMessage(topic, encodeMessage(topic, envelope))).toEqual(envelope)
    const shown = presenceOf('acme')
    expect(decodeMessage(shown, encodeMessage(shown, presence))).toEqual(presence)
  })

  it('[S-REDIS-7] keep none of the bytes that they came in', () => {
    const bytes = encodeMessage(presenceOf('acme'), presence)
    const read = decodeMessage(presenceOf('acme'), bytes)
    bytes.fill(0)
    expect(read).toEqual(presence)
  })

  it('[S-REDIS-7] of another version are none, and what makes no sense is BAD_FRAME', () => {
    const bytes = encodeMessage(presenceOf('acme'), presence)
    expect(decodeMessage(presenceOf('acme'), Uint8Array.of(messageVersion + 1, 255))).toBeNull()
    for (let end = 0; end < bytes.length; end++) {
      let code = ''
      try {
        decodeMessage(presenceOf('acme'), bytes.subarray(0, end))
      } catch (error) {
        code = isTidemarkError(error) ? error.code : String(error)
      }
      expect(code, `cut at ${end}`).toBe('BAD_FRAME')
    }
  })
})

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
