import { type ErrorCode, TidemarkError } from '@tidemark/core'
import type { Page } from 'playwright'
import type { OutboxEntry, ReplicaStorage, StoredRejection, StoredReplica } from '../ReplicaStorage.js'
import type { PageAnswer, Verdicts } from './storagePage.js'

type Verb = Exclude<keyof ReplicaStorage, 'renew'>

/** The storage of a page in a real browser, called from here. */
export class PageStorage implements ReplicaStorage {
  readonly #page: Page
  readonly #storage: Promise<number>

  constructor(page: Page, name: string) {
    this.#page = page
    this.#storage = page.evaluate(name => globalThis.storagePage.open(name), name)
  }

  open: ReplicaStorage['open'] = () => this.#call('open')
  rows: ReplicaStorage['rows'] = of => this.#call('rows', of)
  body: ReplicaStorage['body'] = key => this.#call('body', key)
  apply: ReplicaStorage['apply'] = batch => this.#call('apply', batch)
  enqueue: ReplicaStorage['enqueue'] = entries => this.#call('enqueue', entries)
  takeForSending: ReplicaStorage['takeForSending'] = (from, maxBytes) => this.#call('takeForSending', from, maxBytes)
  cancel: ReplicaStorage['cancel'] = (...args) => this.#call('cancel', ...args)
  acknowledge: ReplicaStorage['acknowledge'] = writeId => this.#call('acknowledge', writeId)
  destroy: ReplicaStorage['destroy'] = () => this.#call('destroy')
  close: ReplicaStorage['close'] = () => this.#call('close')

  /** The verdicts are given beforehand, since a function does not reach the page. */
  async renew(replica: string, verdict: (entry: OutboxEntry) => StoredRejection | null): Promise<StoredReplica> {
    const verdicts: Record<number, Verdicts[number]> = {}
    for (const entry of (await this.open()).outbox) {
      try {
        verdicts[entry.number] = verdict(entry)
      } catch {
        verdicts[entry.number] = 'throw'
      }
    }
    const call = { storage: await this.#storage, replica, verdicts: verdicts as unknown }
    const answer = await this.#page.evaluate(
      ({ storage, replica, verdicts }) => globalThis.storagePage.renew(storage, replica, verdicts as Verdicts),
      call,
    )
    return mustSucceed(answer)
  }

  async #call<T>(verb: Verb, ...args: readonly unknown[]): Promise<T> {
    const call = { storage: await this.#storage, verb, args }
    const answer = await this.#page.evaluate(
      ({ storage, verb, args }) => globalThis.storagePage.call(storage, verb, args),
      call,
    )
    return mustSucceed(answer)
  }
}

function mustSucceed<T>(answer: PageAnswer): T {
  if ('code' in answer) throw new TidemarkError(answer.code as ErrorCode)
  return answer.value as T
}
