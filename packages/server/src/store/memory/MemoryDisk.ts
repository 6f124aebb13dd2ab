import type { CommittedChange, RecordState, SchemaDescription } from '@tidemark/core'
import type { RecordKey, StoredReplica, WorkspacePlace } from '../Store.js'
import { MemoryShards } from './MemoryShards.js'

/**
 * What a `MemoryStore` keeps when its process is gone: open the next store on the same disk. The tables change, what
 * stands in them never does, so a copy is cheap.
 */
export class MemoryDisk {
  schema: SchemaDescription | null = null
  shards = new MemoryShards()
  readonly mailByNode = new Map<string, readonly Uint8Array[]>()
  readonly workspaceByName = new Map<string, MemoryWorkspace>()

  /** The disk as it is now, to come back to. */
  copy(): MemoryDisk {
    const disk = new MemoryDisk()
    disk.schema = this.schema
    disk.shards = this.shards.copy()
    for (const [name, workspace] of this.workspaceByName) disk.workspaceByName.set(name, copyOf(workspace))
    return disk
  }
}

/** The tables of one workspace. */
export interface MemoryWorkspace {
  place: WorkspacePlace
  readonly records: Map<string, RecordKey & { readonly state: RecordState }>
  readonly bodies: Map<string, MemoryBody>
  /** From `floor + 1` to `head`. */
  log: LogEntry[]
  readonly replicas: Map<string, StoredReplica>
  readonly writers: Map<number, string>
}

export interface MemoryBody {
  /** Contains the body's updates up to `contained`. */
  readonly state: Uint8Array | null
  readonly contained: number
  /** The last change. */
  readonly seq: number
}

export interface LogEntry {
  readonly change: CommittedChange
  readonly committedAtMs: number
}

/** The name of a record in the tables of a workspace: collection names have no spaces. */
export const nameOf = ({ collection, id }: RecordKey): string => `${collection} ${id}`

function copyOf({ place, records, bodies, log, replicas, writers }: MemoryWorkspace): MemoryWorkspace {
  return {
    place,
    records: new Map(records),
    bodies: new Map(bodies),
    log: [...log],
    replicas: new Map(replicas),
    writers: new Map(writers),
  }
}
