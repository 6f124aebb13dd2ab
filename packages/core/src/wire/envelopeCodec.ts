import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { CommittedChange, RowChange } from '../change/CommittedChange.js'
import type { Envelope, RoutedAnswer } from '../change/Envelope.js'
import { isPrototypeKey } from '../json/checkJson.js'
import type { Json } from '../json/Json.js'
import type { RowValues } from '../row/RowValues.js'
import { decodeAnswer, encodeAnswer } from './answerCodec.js'
import { readJson, writeJson } from './json.js'
import { malformed } from './malformed.js'
import { readByte, readBytes, readCount, readFlag, readInt, readUint } from './read.js'
import { WordReader, WordWriter } from './words.js'

const kinds = ['insert', 'update', 'remove', 'body', 'access'] as const

/**
 * An envelope on its way between nodes. Collections and fields go by their names, each written once: nodes of
 * different schemas understand each other. The workspace is not in it: it comes by the workspace's own channel.
 */
export function encodeEnvelope(encoder: encoding.Encoder, envelope: Envelope): void {
  encoding.writeVarUint(encoder, envelope.epoch)
  encoding.writeVarUint(encoder, envelope.from)
  encoding.writeVarUint(encoder, envelope.to - envelope.from)
  const changes = new ChangeWriter(encoder, envelope.from)
  encoding.writeVarUint(encoder, envelope.changes.length)
  for (const change of envelope.changes) changes.write(change)
  encoding.writeVarUint(encoder, envelope.answers.length)
  for (const { replica, answer } of envelope.answers) {
    changes.words.write(replica)
    encodeAnswer(encoder, answer)
  }
}

/** Throws `BAD_FRAME` for what `encodeEnvelope` has not written. */
export function decodeEnvelope(decoder: decoding.Decoder, workspace: string): Envelope {
  const epoch = readUint(decoder)
  const from = readUint(decoder)
  const to = from + readUint(decoder)
  const reader = new ChangeReader(decoder, from)
  const changes: CommittedChange[] = []
  for (let left = readCount(decoder); left > 0; left--) changes.push(reader.read())
  const answers: RoutedAnswer[] = []
  for (let left = readCount(decoder); left > 0; left--) {
    answers.push({ replica: reader.words.read(), answer: decodeAnswer(decoder) })
  }
  return { workspace, epoch, from, to, changes, answers }
}

class ChangeWriter {
  readonly words: WordWriter
  #lastAt = 0

  constructor(
    private readonly encoder: encoding.Encoder,
    private readonly from: number,
  ) {
    this.words = new WordWriter(encoder)
  }

  write(change: CommittedChange): void {
    const { encoder, words } = this
    encoding.writeUint8(encoder, kinds.indexOf(change.kind))
    encoding.writeVarUint(encoder, change.seq - this.from)
    encoding.writeVarInt(encoder, change.at - this.#lastAt)
    this.#lastAt = change.at
    words.write(change.userId)
    if (change.kind === 'access') {
      encoding.writeUint8(encoder, change.subject === null ? 0 : 1)
      if (change.subject !== null) words.write(change.subject)
      return
    }
    words.write(change.collection)
    encoding.writeVarString(encoder, change.id)
    if (change.kind === 'body') encoding.writeVarUint8Array(encoder, change.update)
    else this.#row(change)
  }

  #row({ kind, fields, after, before }: RowChange): void {
    if (kind !== 'remove') this.#values(after ?? {})
    if (kind !== 'insert') this.#values(before ?? {})
    encoding.writeVarUint(this.encoder, fields.length)
    for (const field of fields) this.words.write(field)
  }

  #values(values: RowValues): void {
    const entries = Object.entries(values)
    encoding.writeVarUint(this.encoder, entries.length)
    for (const [field, value] of entries) {
      this.words.write(field)
      writeJson(this.encoder, value)
    }
  }
}

class ChangeReader {
  readonly words: WordReader
  #lastAt = 0

  constructor(
    private readonly decoder: decoding.Decoder,
    private readonly from: number,
  ) {
    this.words = new WordReader(decoder)
  }

  read(): CommittedChange {
    const { decoder, words } = this
    const kind = kinds[readByte(decoder)]
    const seq = this.from + readUint(decoder)
    this.#lastAt += readInt(decoder)
    const base = { seq, at: this.#lastAt, userId: words.read() }
    if (kind === undefined) throw malformed('unknown kind of change')
    if (kind === 'access') return { ...base, kind, subject: readFlag(decoder) ? words.read() : null }
    const record = { ...base, collection: words.read(), id: decoding.readVarString(decoder) }
    if (kind === 'body') return { ...record, kind, update: readBytes(decoder) }
    const after = kind === 'remove' ? null : this.#values()
    const before = kind === 'insert' ? null : this.#values()
    const fields: string[] = []
    for (let left = readCount(decoder); left > 0; left--) fields.push(words.read())
    return { ...record, kind, fields, after, before }
  }

  #values(): RowValues {
    const values: Record<string, Json> = {}
    for (let left = readCount(this.decoder); left > 0; left--) {
      const field = this.words.read()
      if (isPrototypeKey(field)) throw malformed(`no field is called ${field}`)
      values[field] = readJson(this.decoder)
    }
    return values
  }
}
