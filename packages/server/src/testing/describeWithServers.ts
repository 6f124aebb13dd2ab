import { describe } from 'vitest'

/** A suite that needs programs npm does not install. For want of one it is left out and says so, but not where all must run. */
export function describeWithServers(name: string, missing: readonly string[], suite: () => void): void {
  if (missing.length === 0 || process.env.CI === 'true') describe(name, suite)
  else describe.skip(`${name}: left out, for want of ${missing.join(' and ')}`, suite)
}
