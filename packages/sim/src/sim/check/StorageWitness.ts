import type { NewEntry, OutboxEntry, ReplicaBatch } from '@tidemark/client/testing'
import type { Device } from '../device/Device.js'
import type { History } from '../node/History.js'
import type { Tally } from '../world/Tally.js'
import type { Trace } from '../world/Trace.js'
import { Violation } from '../world/Violation.js'

/** A write of a device, from the moment it was stored. */
interface Kept {
  /** The calls that it stands for. */
  readonly writeIds: Set<string>
  isVoid: boolean
}

export interface Place {
  readonly replica: string
  readonly number: number
}

interface DeviceBook {
  replica: string
  /** What the outbox must hold, by number. */
  outbox: Map<number, Kept>
  readonly inbox: Set<string>
}

/**
 * Keeps the books of what devices have stored: a write that was saved is in the outbox, or accepted, or in the inbox,
 * after every single transaction. [G13] [G15]
 */
export class StorageWitness {
  readonly #books = new Map<Device, DeviceBook>()
  /** Where each stored call is, or last was. */
  readonly #placeByWriteId = new Map<string, Place>()
  /** Called after each transaction that brought something from the node. */
  applied: (device: Device) => void = () => {}

  constructor(
    private readonly history: History,
    private readonly tally: Tally,
    private readonly trace: Trace,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Under which number the call is known to the workspace. */
  placeOf(writeId: string): Place | undefined {
    return this.#placeByWriteId.get(writeId)
  }

  /** All that the device kept is gone, and nobody promised otherwise. */
  evicted(device: Device): void {
    this.#books.delete(device)
  }

  done(device: Device, verb: string, given: readonly unknown[], result: unknown): void {
    this.trace.add(`${device.name} stores: ${verb}`)
    this.trace.detail(() => ({ given, result }))
    try {
      this.#done(device, verb, given, result)
    } catch (error) {
      this.failed(error)
    }
  }

  #done(device: Device, verb: string, given: readonly unknown[], result: unknown): void {
    const book = this.#bookOf(device)
    switch (verb) {
      case 'enqueue':
        this.#enqueued(book, given[0] as readonly NewEntry[], result as readonly OutboxEntry[])
        break
      case 'cancel':
        if (result === true) this.#cancelled(device, book, given[0] as number, given[1] !== undefined)
        break
      case 'apply':
        this.#settled(device, book, given[0] as ReplicaBatch)
        break
      case 'renew':
        this.#renewed(device, book, given[0] as string)
        break
      case 'acknowledge':
        book.inbox.delete(given[0] as string)
        break
      case 'destroy':
        this.evicted(device)
        return
      default:
        return
    }
    this.#mustAgree(device, book)
    if (verb === 'apply') this.applied(device)
  }

  #enqueued(book: DeviceBook, entries: readonly NewEntry[], stored: readonly OutboxEntry[]): void {
    for (const [index, { entry }] of entries.entries()) {
      const { number, writeId } = stored[index] as OutboxEntry
      this.#placeByWriteId.set(entry.writeId, { replica: book.replica, number })
      const host = book.outbox.get(number)
      if (host === undefined) {
        if (writeId !== entry.writeId)
          throw new Violation('G15', `${entry.writeId} was put into ${number}, which is not there`)
        book.outbox.set(number, { writeIds: new Set([writeId]), isVoid: entry.mutation.kind === 'void' })
      } else {
        if (writeId === entry.writeId) throw new Violation('G7', `number ${number} was given out twice`)
        this.tally.count('path: absorbed in storage')
        host.writeIds.add(entry.writeId)
      }
    }
  }

  #cancelled(device: Device, book: DeviceBook, number: number, hasRest: boolean): void {
    this.tally.count('path: cancelled')
    const kept = book.outbox.get(number)
    if (kept === undefined) throw new Violation('G15', `${device.name} cancelled ${number}, which is not there`)
    if (!hasRest) kept.isVoid = true
  }

  #settled(device: Device, book: DeviceBook, { settled, rejections }: ReplicaBatch): void {
    for (const { entry } of rejections) book.inbox.add(entry.writeId)
    for (const number of settled) {
      const kept = book.outbox.get(number)
      if (kept === undefined) continue
      book.outbox.delete(number)
      const decision = this.history.decisionOf(book.replica, number)
      if (decision === undefined) {
        throw new Violation('G1', `${device.name} took an answer to ${number}, which was never committed`)
      }
      const isInInbox = [...kept.writeIds].some(writeId => book.inbox.has(writeId))
      const mustBe = !kept.isVoid && (decision.status === 'rejected' || decision.refused !== undefined)
      if (mustBe) this.tally.count('path: rejected into the inbox')
      if (mustBe && !isInInbox) {
        throw new Violation(
          'G15',
          `${device.name}: ${number} was refused (${decision.code ?? 'in part'}) and is not in the inbox`,
        )
      }
    }
  }

  #renewed(device: Device, book: DeviceBook, replica: string): void {
    this.tally.count('path: renewed as another replica')
    const numberByWriteId = new Map([...device.memory.outbox.values()].map(entry => [entry.writeId, entry.number]))
    for (const writeId of device.memory.inbox.keys()) book.inbox.add(writeId)
    const outbox = new Map<number, Kept>()
    for (const [number, kept] of book.outbox) {
      const found = [...kept.writeIds].map(writeId => numberByWriteId.get(writeId)).find(n => n !== undefined)
      if (found !== undefined) {
        outbox.set(found, kept)
        for (const writeId of kept.writeIds) this.#placeByWriteId.set(writeId, { replica, number: found })
      } else if (!kept.isVoid && ![...kept.writeIds].some(writeId => device.memory.inbox.has(writeId))) {
        throw new Violation('G15', `${device.name}: ${number} vanished when the replica began anew`)
      }
    }
    book.replica = replica
    book.outbox = outbox
  }

  #mustAgree(device: Device, book: DeviceBook): void {
    const { outbox, inbox } = device.memory
    for (const number of book.outbox.keys()) {
      if (!outbox.has(number)) throw new Violation('G15', `${device.name}: ${number} left the outbox without an answer`)
    }
    if (outbox.size !== book.outbox.size)
      throw new Violation('G15', `${device.name}: the outbox holds what nobody put there`)
    for (const writeId of book.inbox) {
      if (!inbox.has(writeId)) throw new Violation('G15', `${device.name}: ${writeId} left the inbox by itself`)
    }
  }

  #bookOf(device: Device): DeviceBook {
    let book = this.#books.get(device)
    if (book === undefined) {
      book = { replica: device.memory.meta?.replica ?? '', outbox: new Map(), inbox: new Set() }
      this.#books.set(device, book)
    }
    return book
  }
}
