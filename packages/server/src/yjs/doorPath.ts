import { isId } from '@tidemark/core'
import type { RecordKey } from '../store/Store.js'

export interface DoorPlace extends RecordKey {
  readonly workspace: string
}

/** Whether a request is for the door at all. */
export const isDoorPath = (path: string): boolean => path.startsWith('/yjs/')

/** `/yjs/<workspace>/<collection>/<id>`; the id may hold slashes, as room names do. Null: no such address. */
export function placeFromPath(path: string): DoorPlace | null {
  const [, workspace, collection, id] = /^\/yjs\/([^/]+)\/([^/]+)\/(.+)$/.exec(path) ?? []
  if (workspace === undefined || collection === undefined || id === undefined) return null
  try {
    const place = {
      workspace: decodeURIComponent(workspace),
      collection: decodeURIComponent(collection),
      id: decodeURIComponent(id),
    }
    return isId(place.workspace) && isId(place.id) ? place : null
  } catch {
    return null
  }
}
