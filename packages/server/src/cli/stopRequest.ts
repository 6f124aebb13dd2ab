/** Where a process hears that it shall end. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', asked: () => void): unknown
}

/** npx passes on a signal that the whole group was sent already: what comes within this time is the same request. */
const sameRequestMs = 2_000

/** Resolves at the first request to end. Who asks again later does not want to wait: then `giveUp` is called. */
export function stopRequest(signals: SignalSource, now: () => number, giveUp: () => void): Promise<void> {
  return new Promise(resolve => {
    let askedAtMs: number | null = null
    const asked = () => {
      if (askedAtMs !== null && now() - askedAtMs >= sameRequestMs) giveUp()
      askedAtMs ??= now()
      resolve()
    }
    signals.on('SIGINT', asked)
    signals.on('SIGTERM', asked)
  })
}
