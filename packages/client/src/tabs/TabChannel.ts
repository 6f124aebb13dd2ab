/** How the tabs of one replica talk. Messages are structured-cloneable; a tab does not hear its own. */
export interface TabChannel {
  post(message: unknown): void
  receive(listener: (message: unknown) => void): void
  close(): void
}
