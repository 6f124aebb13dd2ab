import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { Answer } from '../mutation/Answer.js'
import { readJson, writeJson } from './json.js'
import { malformed } from './malformed.js'
import { readByte, readCount, readUint } from './read.js'

const form = { accepted: 0, result: 1, refused: 2, rejected: 3 } as const

export function encodeAnswer(encoder: encoding.Encoder, answer: Answer): void {
  encoding.writeVarUint(encoder, answer.number)
  if (answer.status === 'rejected') {
    encoding.writeUint8(encoder, form.rejected)
    encoding.writeVarString(encoder, answer.code)
    writeJson(encoder, answer.details)
    encoding.writeVarString(encoder, answer.message)
  } else if (answer.refused !== undefined) {
    encoding.writeUint8(encoder, form.refused)
    encoding.writeVarUint(encoder, answer.refused.fields.length)
    for (const field of answer.refused.fields) encoding.writeVarString(encoder, field)
    encoding.writeVarString(encoder, answer.refused.reason)
  } else if (answer.result !== undefined) {
    encoding.writeUint8(encoder, form.result)
    writeJson(encoder, answer.result)
  } else encoding.writeUint8(encoder, form.accepted)
}

export function decodeAnswer(decoder: decoding.Decoder): Answer {
  const number = readUint(decoder)
  switch (readByte(decoder)) {
    case form.accepted:
      return { number, status: 'accepted' }
    case form.result:
      return { number, status: 'accepted', result: readJson(decoder) }
    case form.refused: {
      const fields: string[] = []
      for (let left = readCount(decoder); left > 0; left--) fields.push(decoding.readVarString(decoder))
      return { number, status: 'accepted', refused: { fields, reason: decoding.readVarString(decoder) } }
    }
    case form.rejected: {
      const code = decoding.readVarString(decoder)
      const details = readJson(decoder)
      return { number, status: 'rejected', code, details, message: decoding.readVarString(decoder) }
    }
    default:
      throw malformed('unknown form of answer')
  }
}
