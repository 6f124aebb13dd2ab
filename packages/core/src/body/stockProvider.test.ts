import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { describe, expect, it } from 'vitest'
import * as sync from 'y-protocols/sync'
import * as Y from 'yjs'
import { docOf, judge, randomOf, stateOf } from './testing/bodies.js'

/** What a stock provider answers to the server's first message: the structs it lacks and its whole delete set. */
function greeting(client: Y.Doc, server: Y.Doc): Uint8Array {
  const ask = encoding.createEncoder()
  sync.writeSyncStep1(ask, server)
  const answer = encoding.createEncoder()
  sync.readSyncMessage(decoding.createDecoder(encoding.toUint8Array(ask)), answer, client, 'server')
  const reader = decoding.createDecoder(encoding.toUint8Array(answer))
  expect(decoding.readVarUint(reader)).toBe(sync.messageYjsSyncStep2)
  return decoding.readVarUint8Array(reader)
}

/** 2,000 small edits at random places, a third of them deletions. */
function editedText(): Y.Doc {
  const doc = docOf(7)
  const notes = doc.getText('notes')
  const random = randomOf(1)
  for (let i = 0; i < 2000; i++) {
    if (i % 3 === 2) notes.delete(random.below(notes.length), 1)
    else notes.insert(random.below(notes.length + 1), 'ab')
  }
  return doc
}

describe('a stock provider', () => {
  it('[C-BODY-3] that holds an equal document of 2,000 edits greets with kilobytes and changes nothing', () => {
    const client = editedText()
    const server = docOf(1, stateOf(client))
    const step2 = greeting(client, server)
    expect(step2.length).toBeGreaterThan(1000)
    expect(judge(server, step2, { boundUserOf: () => 'bob' })).toEqual({ kind: 'contained' })
  })

  it('[C-BODY-3] that was offline greets with its edits, of which just the new part is taken', () => {
    const client = editedText()
    const server = docOf(1, stateOf(client))
    client.getText('notes').insert(5, 'offline')
    client.getText('notes').delete(20, 1)
    const step2 = greeting(client, server)
    const verdict = judge(server, step2)
    if (verdict.kind !== 'new') throw new Error(verdict.kind)
    expect(verdict.update.length).toBeLessThan(50)
    Y.applyUpdate(server, verdict.update)
    expect(server.getText('notes').toString()).toBe(client.getText('notes').toString())
    expect(judge(server, greeting(client, server))).toEqual({ kind: 'contained' })
  })

  it('[C-BODY-2] whose edit was refused is refused at each connect, its later edits with it', () => {
    const server = docOf(1)
    const client = docOf(7)
    client.getText('notes').insert(0, 'refused')
    const boundUserOf = () => 'bob'
    for (let connect = 0; connect < 2; connect++) {
      expect(judge(server, greeting(client, server), { boundUserOf })).toMatchObject({ code: 'DENIED' })
    }
    const later: Uint8Array[] = []
    client.on('update', update => later.push(update))
    client.getText('notes').insert(7, ' later')
    expect(judge(server, later[0]!)).toMatchObject({ kind: 'refused', code: 'REBASE' })
    expect(server.store.pendingStructs).toBeNull()
  })
})
