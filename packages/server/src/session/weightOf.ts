/** What an object takes beside what is in it; about. */
const entryBytes = 32

/** About how much memory plain data takes. It is not looked at further than to more than `enough`. */
export function weightOf(value: unknown, enough: number): number {
  if (typeof value === 'string') return entryBytes + value.length
  if (typeof value !== 'object' || value === null) return entryBytes
  if (value instanceof Uint8Array) return entryBytes + value.byteLength
  let bytes = entryBytes
  for (const part of Object.values(value)) {
    bytes += weightOf(part, enough - bytes)
    if (bytes > enough) break
  }
  return bytes
}
