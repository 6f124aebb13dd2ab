/** A head that is not reached here may be on its way: so long it is waited for. */
const graceMs = 200

/**
 * Notices that changes of a watched workspace did not arrive: its head, as the owner or the store says, stays ahead of
 * the feed here. [A13] [L5]
 */
export class HeadWatch {
  readonly #suspectByWorkspace = new Map<string, { readonly head: number; readonly sinceMs: number }>()

  get hasSuspects(): boolean {
    return this.#suspectByWorkspace.size > 0
  }

  /** A head is known; the feed stands at `position`. */
  headSeen(workspace: string, head: number, position: number, nowMs: number): void {
    if (head <= position) this.#suspectByWorkspace.delete(workspace)
    else if (!this.#suspectByWorkspace.has(workspace)) this.#suspectByWorkspace.set(workspace, { head, sinceMs: nowMs })
  }

  /** Workspaces whose changes up to a head are missing for good. `positionOf`: undefined where nobody watches any more. */
  ticked(positionOf: (workspace: string) => number | undefined, nowMs: number): ReadonlyMap<string, number> {
    const missing = new Map<string, number>()
    for (const [workspace, { head, sinceMs }] of this.#suspectByWorkspace) {
      const position = positionOf(workspace)
      if (position === undefined || position >= head) this.#suspectByWorkspace.delete(workspace)
      else if (nowMs - sinceMs >= graceMs) {
        this.#suspectByWorkspace.delete(workspace)
        missing.set(workspace, head)
      }
    }
    return missing
  }
}
