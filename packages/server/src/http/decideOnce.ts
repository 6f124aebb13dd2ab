import { createHash } from 'node:crypto'
import { type Answer, type Envelope, type Mutation, randomId, stampFromMs } from '@tidemark/core'
import type { BaseUser } from '../access/AccessRules.js'
import type { ReplicaTask } from '../authority/Task.js'
import type { NodePort } from '../NodePort.js'
import { replicaPrefix } from '../store/nodeReplicas.js'
import { HttpRefusal } from './HttpRefusal.js'

export interface Caller {
  readonly user: BaseUser
  readonly role: 'read' | 'write'
  readonly workspace: string
  /** Of the `Idempotency-Key` header. */
  readonly key: string | null
}

const answerMs = 30_000

/** Names the request: the same for a repeat under the same key, and nobody else's. */
export function writeIdOf(port: NodePort, { user, key }: Caller): string {
  if (key === null) return randomId(port.random, 22)
  return createHash('sha256')
    .update(JSON.stringify([user.userId, key]))
    .digest('base64url')
    .slice(0, 22)
}

/**
 * Puts one mutation to the authority as a replica of its own would, and waits for the answer. A repeat is number 1 of
 * the same replica again, and so is answered with what was decided the first time. [G7]
 */
export async function decideOnce(port: NodePort, caller: Caller, writeId: string, mutation: Mutation): Promise<Answer> {
  const { user, role, workspace } = caller
  if (port.waitingCount(workspace) >= port.limits.waitingMutations) throw HttpRefusal.of('BUSY')
  const replica = `${replicaPrefix.request}${writeId}`
  const entry = { number: 1, writeId, stamp: stampFromMs(port.clock.now()), seen: 0, mutation }
  const task: ReplicaTask = { kind: 'replica', replica, user, role, answered: 0, entry }
  let answered = (_: Answer): void => {}
  const answer = new Promise<Answer>(resolve => {
    answered = resolve
  })
  const listening = await port.listen(workspace, {
    committed: ({ answers }: Envelope) => {
      for (const routed of answers) if (routed.replica === replica) answered(routed.answer)
    },
    // The answer may have been in what is missing: it is given again.
    gap: () => port.submit(workspace, task),
  })
  let cancel = (): void => {}
  const tooLate = new Promise<never>((_, reject) => {
    const sentence = 'It is not decided yet. Ask again with the same Idempotency-Key: it will not be done twice.'
    cancel = port.clock.after(answerMs, () => reject(HttpRefusal.of('STORE_FAILED', sentence)))
  })
  try {
    port.submit(workspace, task)
    return await Promise.race([answer, tooLate])
  } finally {
    cancel()
    listening.stop()
  }
}
