import { sameBody } from '@tidemark/core'
import type { Faults } from '../Faults.js'
import type { StoreReading } from '../StoreReading.js'
import { piecesInStock } from '../schema.js'
import { Evidence, tokensOf } from './Evidence.js'
import type { Entry, Ledger } from './Ledger.js'
import type { ReplicaReading } from './ReplicaReading.js'

/** Holds what a store has at the end against what every caller was told, and against what every client shows. [SIM-FAULT-7] */
export function judge(ledger: Ledger, store: StoreReading, replicas: readonly ReplicaReading[], faults: Faults): void {
  const evidence = new Evidence(store)
  const replicaByUser = new Map(replicas.map(replica => [replica.userId, replica]))
  judgeLog(store, faults)
  for (const entry of ledger.entries) judgeEntry(entry, evidence, replicaByUser.get(entry.userId), faults)
  judgeCounters(ledger, evidence, faults)
  judgeSales(ledger, evidence, faults)
  judgeTexts(ledger, evidence, replicaByUser, faults)
  for (const replica of replicas) judgeReplica(replica, store, faults)
}

/** 1 … head, each once. [G3] */
function judgeLog({ head, log }: StoreReading, faults: Faults): void {
  if (log === 'cut') {
    faults.add('G3', 'the log does not reach back to the beginning')
    return
  }
  let expected = 1
  for (const { seq } of log) {
    if (seq !== expected) faults.add('G3', `seq ${seq} stands where ${expected} belongs`)
    expected = seq + 1
  }
  if (expected !== head + 1) faults.add('G3', `the log ends at ${expected - 1}, the head is ${head}`)
}

/** Accepted: all of it is there. Rejected or taken back: nothing. Not told: all or nothing, and then it was kept. */
function judgeEntry(entry: Entry, evidence: Evidence, replica: ReplicaReading | undefined, faults: Faults): void {
  const { token, userId, state, code, effects, isTakenBack } = entry
  const name = `${userId}'s ${effects.map(({ kind }) => kind).join('+')} ${token}`
  const doneCount = effects.filter(effect => evidence.isDone(effect, token)).length
  const isDone = doneCount > 0
  if (isDone && doneCount < effects.length) faults.add('G7', `of ${name} (${state}) only a part is in the store`)
  const isKept = isInInbox(replica, token)
  switch (state) {
    case 'open':
      faults.add('G15', `${name} was never decided`)
      return
    case 'accepted':
      if (!isDone) faults.add('G1', `${name} was accepted and is not in the store${isKept ? ', but in the inbox' : ''}`)
      return
    case 'rejected':
      if (isDone) faults.add('G7', `${name} was rejected (${code}) and is in the store`)
      if (!isKept) faults.add('G15', `${name} was rejected (${code}) and is not in the inbox`)
      return
    case 'cancelled':
      if (isDone) faults.add('G7', `${name} was taken back and is in the store`)
      return
    case 'forsaken':
      if (!isDone && !isKept && !isTakenBack) {
        faults.add('G15', `${name}, made before a reload, is neither in the store nor in the inbox`)
      }
  }
}

/** A counter is the sum of what the writes that are there added: none counted twice, none left out. [G7] */
function judgeCounters(ledger: Ledger, evidence: Evidence, faults: Faults): void {
  const votesByPlace = new Map<string, number>()
  for (const { token, effects } of ledger.entries) {
    for (const effect of effects) {
      if (effect.kind === 'edit') votesByPlace.set(`${effect.id} ${token}`, effect.votes)
      if (effect.kind === 'insert') votesByPlace.set(`${effect.id} ${token}`, 0)
    }
  }
  for (const [id, row] of evidence.rowsOf('notes')) {
    let expected = 0
    for (const token of tokensOf(row)) {
      const votes = votesByPlace.get(`${id} ${token}`)
      if (votes === undefined) faults.add('G2', `notes/${id} has the token ${token}, which nobody gave it`)
      expected += votes ?? 0
    }
    if (row.votes !== expected) faults.add('G7', `notes/${id} counts ${row.votes}, its writes add up to ${expected}`)
  }
}

/** Nothing is sold twice, and who got nothing was told the truth. [G12] */
function judgeSales(ledger: Ledger, evidence: Evidence, faults: Faults): void {
  const sales = evidence.rowsOf('sales').map(([, sale]) => sale)
  if (new Set(sales.map(({ token }) => token)).size !== sales.length) faults.add('G7', 'a purchase was made twice')
  for (const [id, { left }] of evidence.rowsOf('stocks')) {
    const sold = sales.filter(({ of }) => of === id).reduce((sum, { pieces }) => sum + (pieces as number), 0)
    if ((left as number) < 0 || (left as number) + sold !== piecesInStock) {
      faults.add('G12', `of ${piecesInStock} pieces of ${id} ${sold} were sold and ${left} are left`)
    }
  }
  for (const [id, { owner }] of evidence.rowsOf('tickets')) {
    const buyers = sales.filter(({ of }) => of === id).map(({ buyer }) => buyer)
    if (buyers.length > 1) faults.add('G12', `ticket ${id} was sold to ${buyers.join(' and ')}`)
    if ((buyers[0] ?? null) !== owner)
      faults.add('G12', `ticket ${id} belongs to ${owner} and was sold to ${buyers[0]}`)
  }
  for (const { userId, effects, code, details } of ledger.entries) {
    const [effect] = effects
    if (effect?.kind !== 'ticket' || code !== 'SOLD') continue
    const owner = evidence.row('tickets', effect.ticket)?.owner
    const told = (details as { readonly owner: string }).owner
    if (told !== owner) faults.add('G12', `${userId} was told that ${effect.ticket} is ${told}'s; it is ${owner}'s`)
  }
}

/** What was typed stands there once. [G7] [G15] */
function judgeTexts(
  ledger: Ledger,
  evidence: Evidence,
  replicaByUser: ReadonlyMap<string, ReplicaReading>,
  faults: Faults,
): void {
  for (const { token, userId, id } of ledger.typed) {
    const times = evidence.timesTyped(id, token)
    if (times > 1) faults.add('G7', `${userId} typed ${token} into ${id} once, and it stands there ${times} times`)
    const isKept = isInInbox(replicaByUser.get(userId), token)
    if (times === 0 && !isKept) faults.add('G15', `${userId} typed ${token} into ${id}, and it is gone`)
  }
}

/** A replica shows what the store holds, and holds nothing back. [L1] */
function judgeReplica({ userId, pending, rows, bodies }: ReplicaReading, store: StoreReading, faults: Faults): void {
  if (pending > 0) faults.add('L1', `${userId} has ${pending} writes left in the outbox`)
  for (const [collection, held] of rows) {
    const stored = store.rows.get(collection) ?? new Map<string, never>()
    for (const id of stored.keys()) if (!held.has(id)) faults.add('L1', `${userId} lacks ${collection}/${id}`)
    for (const [id, row] of held) {
      const values = stored.get(id)
      if (values === undefined) faults.add('L1', `${userId} shows ${collection}/${id}, which is not in the store`)
      for (const [field, value] of Object.entries(values ?? {})) {
        if (JSON.stringify(row[field]) === JSON.stringify(value)) continue
        faults.add('L1', `${userId} shows ${collection}/${id}.${field} as ${short(row[field])}, not ${short(value)}`)
      }
    }
  }
  for (const [name, state] of bodies) {
    const isSame = isSameBody(state, store.bodies.get(name) ?? emptyBody)
    if (!isSame) faults.add('L1', `${userId} has another body of ${name} than the store`)
  }
}

function isSameBody(shown: Uint8Array, stored: Uint8Array): boolean {
  try {
    return sameBody(shown, stored)
  } catch {
    return false // a body that is not whole is like none
  }
}

const emptyBody = Uint8Array.of(0, 0)

/** A token ends where its quotes or brackets do. */
const isInInbox = (replica: ReplicaReading | undefined, token: string): boolean =>
  replica !== undefined && (replica.inbox.includes(`"${token}"`) || replica.inbox.includes(`(${token})`))

const short = (value: unknown): string => String(JSON.stringify(value)).slice(0, 60)
