/** What a value takes where it stands, and an object beside what is in it. */
const slotBytes = 8
const objectBytes = 32

/** About how much memory plain data takes. It is not looked at further than to more than `enough`. */
export function weightOf(value: unknown, enough: number): number {
  if (typeof value === 'string') return slotBytes + value.length
  if (typeof value !== 'object' || value === null) return slotBytes
  if (value instanceof Uint8Array) return objectBytes + value.byteLength
  let bytes = objectBytes
  for (const part of Object.values(value)) {
    bytes += weightOf(part, enough - bytes)
    if (bytes > enough) break
  }
  return bytes
}
