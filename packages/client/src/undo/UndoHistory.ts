import type { AnyCollection } from '@tidemark/core'
import { applicableTo, type FieldChanges, isNoChange, mapChanges, opposite } from './FieldChange.js'

export type Direction = 'undo' | 'redo'

/** An update of a record's fields, as it was made last: by the user, or by an undo or redo. */
export interface FieldStep {
  readonly kind: 'fields'
  readonly record: string
  readonly collection: AnyCollection
  readonly id: string
  readonly changes: FieldChanges
  /** The update, and what took it back or made it again. */
  readonly writeIds: readonly string[]
}

/** What was typed at one go. The text itself keeps what it was: of each body steps are taken back last one first. */
export interface TextStep {
  readonly kind: 'text'
  readonly record: string
  readonly body: object
}

type Step = FieldStep | TextStep

interface Entry {
  readonly step: Step
  /** False: something else was done since it was undone, so it can be redone only in the history of its record. */
  readonly isOfAll: boolean
}

/** What is to be done next, and of the fields only what is still to be changed. */
export type Move = TextStep | { readonly kind: 'fields'; readonly step: FieldStep; readonly changes: FieldChanges }

/** What a body's own memory of its steps has to do. */
export type TextEffect =
  /** What is being typed is a step of its own. */
  | { readonly kind: 'beginStep'; readonly body: object }
  | { readonly kind: 'forgetOldest'; readonly body: object; readonly from: Direction }
  | { readonly kind: 'forgetUndone'; readonly body: object }

/** A record's row as it is shown now. */
export type RowOf = (step: FieldStep) => Readonly<Record<string, unknown>> | undefined

/** How soon a keystroke follows another to be one step with it: Yjs' own measure. */
const togetherMs = 500

/**
 * What the user did in this tab, step by step, and what of it was taken back.
 *
 *   updated, typed ──► done ──undo──► undone ──redo──► done
 *
 * One line of steps for all records; the history of one record is what is left of it without the others. A step leaves
 * with its write, if that is refused, with its body, when that is closed, when it is too old, or when there is nothing
 * of it left to take back.
 */
export class UndoHistory {
  readonly #maxSteps: number
  #steps: Readonly<Record<Direction, readonly Entry[]>> = { undo: [], redo: [] }
  /** What the next keystroke may still join. */
  #typing: { readonly body: object; readonly text: string; readonly atMs: number } | null = null

  constructor(maxSteps: number) {
    this.#maxSteps = maxSteps
  }

  /** The records that some step changed the fields of, each with such a step. */
  get records(): ReadonlyMap<string, FieldStep> {
    const steps = [...this.#steps.undo, ...this.#steps.redo].map(({ step }) => step)
    return new Map(steps.flatMap(step => (step.kind === 'fields' ? [[step.record, step]] : [])))
  }

  updated(step: FieldStep): readonly TextEffect[] {
    if (isNoChange(step.changes)) return []
    this.#typing = null
    const bodies = this.#of('redo', step.record).flatMap(undone => (undone.kind === 'text' ? [undone.body] : []))
    const forgotten = [...new Set(bodies)].map(body => ({ kind: 'forgetUndone', body }) as const)
    return [...forgotten, ...this.#begin(step)]
  }

  /** Keystrokes in one text of a body. */
  typed(step: TextStep, text: string, atMs: number): readonly TextEffect[] {
    const { body } = step
    const last = this.#typing
    this.#typing = { body, text, atMs }
    if (last?.body === body && last.text === text && atMs - last.atMs < togetherMs) return []
    return [{ kind: 'beginStep', body }, ...this.#begin(step)]
  }

  /** The node refused a write, or of it these fields; or it was taken back before it was sent. */
  refused(writeId: string, fields: readonly string[] | null): void {
    const steps = [...this.#steps.undo, ...this.#steps.redo].map(({ step }) => step)
    const refused = steps.find(step => step.kind === 'fields' && step.writeIds.includes(writeId))
    if (refused?.kind !== 'fields') return
    const isLost = (field: string) => fields === null || fields.includes(field)
    this.#bridge(refused, isLost)
    const changes = mapChanges(refused.changes, (change, field) => (isLost(field) ? undefined : change))
    this.#replace(refused, isNoChange(changes) ? undefined : { ...refused, changes })
  }

  /** The body's document is gone, and what was typed into it cannot be taken back any more. */
  closed(body: object): void {
    if (this.#typing?.body === body) this.#typing = null
    this.#keep(({ step }) => step.kind === 'fields' || step.body !== body)
  }

  /** Nothing is left of what was done. */
  cleared(): void {
    this.#keep(() => false)
  }

  /** Whether there is anything to undo, or to redo: of one record, or with null of all. */
  can(direction: Direction, record: string | null, rowOf: RowOf): boolean {
    return this.#of(direction, record).some(step => step.kind === 'text' || moveOf(step, rowOf) !== undefined)
  }

  /** What to undo or redo now. Steps before it of which nothing is left to be done are dropped. */
  next(direction: Direction, record: string | null, rowOf: RowOf): Move | undefined {
    for (const step of this.#of(direction, record).reverse()) {
      const move = step.kind === 'text' ? step : moveOf(step, rowOf)
      if (move) return move
      this.dropped(step)
    }
    return undefined
  }

  /** Nothing of it is left to be done, or nothing that may still be written. */
  dropped(step: Step): void {
    this.#replace(step, undefined)
  }

  /** `next` of fields was written. */
  moved(from: Direction, step: FieldStep, changes: FieldChanges, writeId: string): readonly TextEffect[] {
    this.#typing = null
    this.dropped(step)
    return this.#push(from === 'undo' ? 'redo' : 'undo', {
      ...step,
      changes,
      writeIds: [...step.writeIds, writeId],
    })
  }

  /** `next` of a text was done: so many steps it has now. */
  textMoved(step: TextStep, counts: Readonly<Record<Direction, number>>): readonly TextEffect[] {
    this.#typing = null
    const effects: TextEffect[] = []
    for (const direction of ['undo', 'redo'] as const) {
      const held = this.#steps[direction].filter(entry => isOf(entry, step.body))
      for (const entry of held.slice(counts[direction])) this.#remove(direction, entry)
      for (let count = held.length; count < counts[direction]; count++)
        effects.push(...this.#push(direction, { ...step }))
    }
    return effects
  }

  /** A new step: what was undone of its record cannot be redone, the rest only by itself. */
  #begin(step: Step): readonly TextEffect[] {
    const redo = this.#steps.redo.filter(entry => entry.step.record !== step.record)
    this.#steps = { ...this.#steps, redo: redo.map(entry => ({ ...entry, isOfAll: false })) }
    return this.#push('undo', step)
  }

  #push(to: Direction, step: Step): readonly TextEffect[] {
    const steps = [...this.#steps[to], { step, isOfAll: true }]
    const isFull = steps.length > this.#maxSteps
    const oldest = isFull ? steps.shift()?.step : undefined
    this.#steps = { ...this.#steps, [to]: steps }
    return oldest?.kind === 'text' ? [{ kind: 'forgetOldest', body: oldest.body, from: to }] : []
  }

  #of(direction: Direction, record: string | null): Step[] {
    const entries = this.#steps[direction].filter(({ step, isOfAll }) =>
      record === null ? isOfAll : step.record === record,
    )
    return entries.map(({ step }) => step)
  }

  /** The next step of a lost value starts from what that had started from: in between there was nothing. */
  #bridge(lost: FieldStep, isLost: (field: string) => boolean): void {
    const done = this.#of('undo', lost.record)
    for (const [field, change] of Object.entries(lost.changes)) {
      const next = done.slice(done.indexOf(lost) + 1).find(step => step.kind === 'fields' && field in step.changes)
      const later = next?.kind === 'fields' ? next.changes[field] : undefined
      if (!isLost(field) || !done.includes(lost) || change.kind !== 'value' || later?.kind !== 'value') continue
      const changes = { ...(next as FieldStep).changes, [field]: { ...later, before: change.before } }
      this.#replace(next as FieldStep, { ...(next as FieldStep), changes })
    }
  }

  #replace(step: Step, by: Step | undefined): void {
    const replaced = (entries: readonly Entry[]) =>
      entries.flatMap(entry => (entry.step !== step ? [entry] : by ? [{ ...entry, step: by }] : []))
    this.#steps = { undo: replaced(this.#steps.undo), redo: replaced(this.#steps.redo) }
  }

  #remove(from: Direction, entry: Entry): void {
    this.#steps = { ...this.#steps, [from]: this.#steps[from].filter(other => other !== entry) }
  }

  #keep(isKept: (entry: Entry) => boolean): void {
    this.#steps = { undo: this.#steps.undo.filter(isKept), redo: this.#steps.redo.filter(isKept) }
  }
}

function moveOf(step: FieldStep, rowOf: RowOf): Move | undefined {
  const changes = applicableTo(rowOf(step), opposite(step.changes))
  return isNoChange(changes) ? undefined : { kind: 'fields', step, changes }
}

const isOf = ({ step }: Entry, body: object): boolean => step.kind === 'text' && step.body === body
