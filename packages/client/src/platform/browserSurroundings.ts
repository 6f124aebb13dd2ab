import type { Surroundings } from './Surroundings.js'

/** What the page's events say. */
export const browserSurroundings: Surroundings = {
  isVisible: () => document.visibilityState === 'visible',
  isOnline: () => navigator.onLine,
  watch(seen) {
    const woken = () => seen('woken')
    const cutOff = () => seen('cutOff')
    document.addEventListener('visibilitychange', woken)
    for (const event of wakingEvents) window.addEventListener(event, woken)
    window.addEventListener('offline', cutOff)
    return () => {
      document.removeEventListener('visibilitychange', woken)
      for (const event of wakingEvents) window.removeEventListener(event, woken)
      window.removeEventListener('offline', cutOff)
    }
  },
}

const wakingEvents = ['online', 'pageshow', 'focus'] as const
