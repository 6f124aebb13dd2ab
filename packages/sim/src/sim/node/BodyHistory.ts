import * as Y from 'yjs'

/** From when to when a token stood in a body; `until` is past the end while it stands. */
export interface Standing {
  readonly since: number
  until: number
}

interface Body {
  readonly doc: Y.Doc
  readonly updates: { readonly seq: number; readonly update: Uint8Array }[]
  readonly standings: Map<string, Standing>
  present: Set<string>
}

const token = /~[0-9a-z]{3,}~/g

/** Every body as it was committed: its updates, and when each token came and went. */
export class BodyHistory {
  readonly #bodyByName = new Map<string, Body>()
  readonly #standingsByName = new Map<string, Map<string, Standing>>()

  grown(name: string, seq: number, update: Uint8Array): void {
    let body = this.#bodyByName.get(name)
    if (body === undefined) {
      const standings = this.#standingsByName.get(name) ?? new Map()
      this.#standingsByName.set(name, standings)
      body = { doc: new Y.Doc(), updates: [], standings, present: new Set() }
      this.#bodyByName.set(name, body)
    }
    body.updates.push({ seq, update })
    Y.applyUpdate(body.doc, update)
    this.#noteStandings(body, seq, tokensOf(body.doc))
    // What lost to something written at the same time never showed, and is in the update all the same.
    for (const [lost] of Buffer.from(update).toString('latin1').matchAll(token)) {
      if (!body.standings.has(lost)) body.standings.set(lost, { since: seq, until: seq + 1 })
    }
  }

  removed(name: string, seq: number): void {
    const body = this.#bodyByName.get(name)
    if (body === undefined) return
    this.#noteStandings(body, seq, new Set())
    body.doc.destroy()
    this.#bodyByName.delete(name)
  }

  standingOf(name: string, ofToken: string): Standing | undefined {
    return this.#standingsByName.get(name)?.get(ofToken)
  }

  /** The body as it stands; undefined if there is none. */
  state(name: string): Uint8Array | undefined {
    const body = this.#bodyByName.get(name)
    return body && Y.encodeStateAsUpdate(body.doc)
  }

  doc(name: string): Y.Doc | undefined {
    return this.#bodyByName.get(name)?.doc
  }

  /** Its updates up to a position, oldest first. */
  updatesUpTo(name: string, seq: number): readonly Uint8Array[] {
    return (this.#bodyByName.get(name)?.updates ?? []).filter(each => each.seq <= seq).map(({ update }) => update)
  }

  #noteStandings(body: Body, seq: number, present: Set<string>): void {
    for (const each of present) {
      if (!body.standings.has(each)) body.standings.set(each, { since: seq, until: Number.POSITIVE_INFINITY })
    }
    for (const each of body.present) {
      const standing = body.standings.get(each)
      if (!present.has(each) && standing !== undefined) standing.until = seq
    }
    body.present = present
  }
}

function tokensOf(doc: Y.Doc): Set<string> {
  const text = `${doc.getText('text').toString()}${JSON.stringify(doc.getMap('shapes').toJSON())}`
  return new Set([...text.matchAll(token)].map(([found]) => found))
}
