import { entryBytes } from '../entryBytes.js'
import { foldBody } from '../foldBody.js'
import { rememberedMs } from '../nodeReplicas.js'
import type { Retention } from '../Store.js'
import { type LogEntry, type MemoryWorkspace, nameOf } from './MemoryDisk.js'
import { updatesAfter } from './readMemory.js'

export function tendMemory(workspace: MemoryWorkspace, policy: Retention, nowMs: number): void {
  const { floor } = workspace.place
  const newFloor = floor + countToCut(workspace.log, policy, nowMs)
  for (const { change } of workspace.log) {
    if (change.kind !== 'body' || change.seq > newFloor) continue
    const body = workspace.bodies.get(nameOf(change))
    if (body === undefined || body.contained >= change.seq) continue
    const state = foldBody(body.state, updatesAfter(workspace, change, body.contained))
    workspace.bodies.set(nameOf(change), { state, contained: body.seq, seq: body.seq })
  }
  workspace.log = workspace.log.slice(newFloor - floor)
  workspace.place = { ...workspace.place, floor: newFloor }
  for (const [replica, { seenAt }] of workspace.replicas) {
    if (seenAt < nowMs - rememberedMs(replica, policy)) workspace.replicas.delete(replica)
  }
}

/** How many of the oldest entries are too old, or too much. */
function countToCut(log: readonly LogEntry[], { logAgeMs, logBytes }: Retention, nowMs: number): number {
  let bytes = log.reduce((sum, entry) => sum + bytesOf(entry), 0)
  let count = 0
  for (const entry of log) {
    if (entry.committedAtMs >= nowMs - logAgeMs && bytes <= logBytes) break
    bytes -= bytesOf(entry)
    count++
  }
  return count
}

function bytesOf({ change }: LogEntry): number {
  if (change.kind === 'body') return entryBytes(change.update)
  return entryBytes(change.kind === 'access' ? null : JSON.stringify(change.before))
}
