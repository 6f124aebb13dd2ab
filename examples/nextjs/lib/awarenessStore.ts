import type { Awareness } from 'y-protocols/awareness'

export interface AwarenessStore {
  subscribe(listener: () => void): () => void
  getSnapshot(): string
}

/** The names of the others who have this body open, sorted, as one text: equal while nobody comes or goes. */
export function awarenessStore(awareness: Awareness): AwarenessStore {
  return {
    subscribe(listener) {
      awareness.on('change', listener)
      return () => awareness.off('change', listener)
    },
    getSnapshot() {
      const names = new Set<string>()
      for (const [clientId, state] of awareness.getStates()) {
        if (clientId !== awareness.clientID && typeof state.person === 'string') names.add(state.person)
      }
      return [...names].sort().join(' ')
    },
  }
}
