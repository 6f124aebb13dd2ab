import type { Surroundings } from './Surroundings.js'

/** What the page's events say. */
export const browserSurroundings: Surroundings = {
  isVisible: () => document.visibilityState === 'visible',
  isOnline: () => navigator.onLine,
  watch(fn) {
    document.addEventListener('visibilitychange', fn)
    for (const event of windowEvents) window.addEventListener(event, fn)
    return () => {
      document.removeEventListener('visibilitychange', fn)
      for (const event of windowEvents) window.removeEventListener(event, fn)
    }
  },
}

const windowEvents = ['online', 'pageshow', 'focus'] as const
