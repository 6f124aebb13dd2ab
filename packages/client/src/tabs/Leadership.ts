/**
 * Which tab of a replica has the socket. At most one holds it at any moment; when its tab closes or crashes,
 * the next one in line gets it.
 */
export interface Leadership {
  /** Calls `lead` once, when this tab has become the leader. */
  request(lead: () => void): void
  /** Steps down, or out of the line. */
  release(): void
}
