/** Normal, going away, and no status: what a client or a closing tab sends. 1006 is a lost connection. */
const goodbyes = new Set([1000, 1001, 1005])

/** Whether a peer that closed with this code went on purpose: whatever it showed can be taken away at once. */
export const saidGoodbye = (code: number): boolean => goodbyes.has(code)
