/** What an entry of the log counts for when the log is held within its bytes: its content and its frame. */
export function entryBytes(content: string | Uint8Array | null): number {
  return 64 + (content?.length ?? 0)
}
