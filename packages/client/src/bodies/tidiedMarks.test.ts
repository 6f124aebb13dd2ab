import { sameBody } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { ManualClock } from '../testing/ManualClock.js'
import { seededRandom } from '../testing/seededRandom.js'
import { BodyDocs } from './BodyDocs.js'
import { remoteOrigin } from './remoteOrigin.js'
import { BodyRoom, turn } from './testing/BodyRoom.js'

/** Alice and bob write, carol only looks; `tidied` counts what Yjs changed in carol's document by itself. */
async function openThree(firstText: (doc: Y.Doc) => Y.Text) {
  const room = new BodyRoom()
  const people = ['alice', 'bob', 'carol'].map((userId, i) => {
    const replica = room.join(userId)
    const docs = new BodyDocs({ source: replica, clock: new ManualClock(), random: seededRandom(i + 1) })
    const store = docs.doc('pages', 'p1')
    store.subscribe(() => undefined)
    return { replica, docs, store }
  })
  const [alice, bob, carol] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]]
  await turn()
  const docOf = ({ store }: (typeof people)[0]) => store.getSnapshot().doc!
  firstText(docOf(alice)).insert(0, 'one two three')
  await room.settle()
  const textOf = (person: (typeof people)[0]) => firstText(docOf(person))
  textOf(carol)
  const writes: Uint8Array[] = []
  const write = carol.replica.write.bind(carol.replica)
  carol.replica.write = (key, update) => {
    writes.push(update)
    return write(key, update)
  }
  const seen = { tidied: 0 }
  docOf(carol).on('update', (_update: Uint8Array, origin: unknown) => {
    if (origin !== remoteOrigin) seen.tidied++
  })
  /** Apart from each other, so that marks come to stand around nothing. */
  const formatWhatIsDeleted = async () => {
    for (const { replica } of people) replica.isOnline = false
    textOf(alice).format(4, 3, { bold: true })
    textOf(bob).delete(2, 8)
    await turn()
    for (const { replica } of people) replica.isOnline = true
    await room.settle()
  }
  return { room, people, carol, docOf, textOf, writes, seen, formatWhatIsDeleted }
}

const plain = (doc: Y.Doc) => doc.getText('notes')
const nested = (doc: Y.Doc) => {
  const page = doc.getXmlFragment('page')
  if (page.length === 0) page.insert(0, [new Y.XmlText()])
  return page.get(0) as Y.XmlText
}

describe.each([
  ['a text', plain],
  ['a text inside a rich text', nested],
])('marks that Yjs tidies in %s', (_name, firstText) => {
  it('[CL-BODY-4] are never written by who only reads, not even on closing or in a rebuild', async () => {
    const { room, carol, docOf, writes, seen, formatWhatIsDeleted } = await openThree(firstText)
    await formatWhatIsDeleted()
    expect(seen.tidied).toBeGreaterThan(0)
    const before = docOf(carol)
    carol.replica.tell({ kind: 'rebuild' })
    await room.settle()
    expect(docOf(carol)).not.toBe(before)
    carol.docs.close()
    await room.settle()
    expect([writes, carol.replica.outbox, carol.replica.inbox]).toEqual([[], [], []])
  })

  it('[CL-BODY-4] go along with the next edit of a writer, and all come to hold the same', async () => {
    const { room, people, carol, docOf, textOf, writes, seen, formatWhatIsDeleted } = await openThree(firstText)
    await formatWhatIsDeleted()
    expect(seen.tidied).toBeGreaterThan(0)
    for (const person of people) {
      textOf(person).insert(0, '> ')
      await room.settle()
    }
    expect(writes).toHaveLength(1)
    expect(people.flatMap(({ replica }) => replica.inbox)).toEqual([])
    for (const person of people) {
      expect(textOf(person).toString()).toContain('> > > onree')
      expect(sameBody(Y.encodeStateAsUpdate(docOf(person)), room.state!)).toBe(true)
    }
    expect(docOf(carol).store.pendingDs).toBeNull()
  })
})
