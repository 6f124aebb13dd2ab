import type { Answer, Chunk } from '@tidemark/core'
import { bodyWatch } from '../query/Watch.js'
import type { BodyDelta } from './Delta.js'
import type { EventLog } from './EventLog.js'
import type { RowDraft } from './RowDraft.js'
import { rowRef } from './RowRef.js'
import type { Subs } from './Subs.js'

type ChunkOf<K extends Chunk['kind']> = Extract<Chunk, { readonly kind: K }>

/** What the chunks of one message change, in their order: rows in the draft, and all else in here. */
export class ChangedBy {
  readonly answers: Answer[] = []
  readonly bodies: BodyDelta[] = []
  readonly counts = new Map<string, number>()
  /** Subscriptions that were told of rows that are not here. */
  readonly lost = new Set<string>()

  constructor(
    private readonly subs: Subs,
    private readonly draft: RowDraft,
    private readonly log: EventLog,
    /** Up to where the message goes. */
    private readonly seq: number,
  ) {}

  by(chunk: Chunk): void {
    switch (chunk.kind) {
      case 'row':
      case 'patch':
        this.#byRow(chunk)
        break
      case 'removed':
        this.#byRemoval(chunk)
        break
      case 'body':
        this.#byBody(chunk)
        break
      case 'enter':
      case 'leave':
        this.#byMove(chunk)
        break
      case 'count':
        for (const { wanted } of this.subs.liveIn(chunk.view)) this.counts.set(wanted.watch.key, chunk.count)
        break
      case 'answers':
        this.answers.push(...chunk.answers)
    }
  }

  #byRow(chunk: ChunkOf<'row' | 'patch'>): void {
    const { draft, log } = this
    const ref = rowRef(chunk.collection, chunk.id)
    const before = draft.get(ref)
    if (chunk.kind === 'row') draft.put(ref, chunk.values)
    else if (!draft.patch(ref, chunk.values)) return
    log.changed(ref, chunk, before?.values, draft.get(ref)?.values, before?.views ?? [])
  }

  #byRemoval(chunk: ChunkOf<'removed'>): void {
    const ref = rowRef(chunk.collection, chunk.id)
    const before = this.draft.get(ref)
    this.log.removed(ref, chunk, before?.values, before?.views ?? [])
    this.draft.remove(ref)
  }

  /** What comes while it is read is in what is read. */
  #byBody({ collection, id, update }: ChunkOf<'body'>): void {
    const isLive = this.subs.of(bodyWatch(collection, id).key)?.progress.kind === 'live'
    if (isLive) this.bodies.push({ kind: 'update', collection, id, update })
  }

  #byMove({ kind, view, id }: ChunkOf<'enter' | 'leave'>): void {
    const { draft, log, seq } = this
    for (const { wanted } of this.subs.liveIn(view)) {
      const { key, target } = wanted.watch
      const { collection } = target
      const ref = rowRef(collection, id)
      if (target.kind === 'body') {
        if (kind === 'leave') this.bodies.push({ kind: 'dropped', collection, id })
      } else if (kind === 'leave') {
        log.left(key, ref, seq, draft.get(ref)?.values)
        draft.uncover(ref, key)
      } else if (draft.cover(ref, key)) log.entered(key, ref, seq, draft.get(ref)?.values)
      else this.lost.add(key)
    }
  }
}
