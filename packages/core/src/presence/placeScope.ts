import type { PresenceDefinition } from './presence.js'

/** Names a place on the wire: `presence/<name>/<place>`. Names hold no slashes. */
export const placeScope = ({ name, scope }: PresenceDefinition): string => `presence/${name}/${scope}`

/**
 * The record whose place this is: `presence/<name>/record/<collection>/<id>`, where only ids hold slashes; null for all
 * other places. Apps name rooms below `room/` alone, so none can pass for a record, nor a record for one.
 */
export function recordOfPlace(scope: string): { readonly collection: string; readonly id: string } | null {
  const match = /^presence\/[^/]*\/record\/([^/]*)\/(.*)$/s.exec(scope)
  return match?.[1] !== undefined && match[2] !== undefined ? { collection: match[1], id: match[2] } : null
}
