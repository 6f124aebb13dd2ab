import type { ReplicaName } from '../platform/Platform.js'

const prefix = 'tidemark '

/**
 * The name of a replica's database, lock and channel. Equal for equal identities and never for others, since
 * the parts are JSON strings. `part` tells apart the replicas of tabs that cannot share one.
 */
export function replicaName({ url, workspace, userId }: ReplicaName, part?: string): string {
  const parts = [serverOf(url), workspace, userId]
  return prefix + JSON.stringify(part === undefined ? parts : [...parts, part])
}

/** Whether both names are of the same server, workspace and user, whatever their parts. */
export function isSameReplicaUser(a: string, b: string): boolean {
  const parts = partsOf(a)
  return parts !== null && JSON.stringify(parts.slice(0, 3)) === JSON.stringify(partsOf(b)?.slice(0, 3))
}

/** What tells it apart from other replicas of the same user; undefined if nothing does. */
export function partOfReplicaName(name: string): string | undefined {
  return partsOf(name)?.[3]
}

function partsOf(name: string): readonly string[] | null {
  if (!name.startsWith(prefix)) return null
  try {
    const parts: unknown = JSON.parse(name.slice(prefix.length))
    return Array.isArray(parts) ? parts : null
  } catch {
    return null
  }
}

/** `ws:` and `http:`, a closing slash and the default port make no other server. */
function serverOf(url: string): string {
  const { protocol, host, pathname, search } = new URL(url, globalThis.location?.href)
  const scheme = protocol === 'https:' || protocol === 'wss:' ? 'wss' : 'ws'
  return `${scheme}://${host}${pathname.replace(/\/+$/, '')}${search}`
}
