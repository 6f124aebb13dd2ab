/** The only source of chance: ids, jitter, Yjs client ids. */
export interface Random {
  /** `length` random bytes. */
  bytes(length: number): Uint8Array
  /** A number in [0, 1). */
  fraction(): number
}

export const systemRandom: Random = {
  bytes: length => crypto.getRandomValues(new Uint8Array(length)),
  fraction: () => Math.random(),
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** An id of `length` URL-safe characters, 6 bits each. */
export function randomId(random: Random, length = 21): string {
  let id = ''
  for (const byte of random.bytes(length)) id += alphabet[byte & 63]
  return id
}
