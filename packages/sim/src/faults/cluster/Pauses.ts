import type { DisturbanceName } from './disturbances.js'
import type { Step } from './History.js'

/** When something was done to the cluster, and to which life of a node if to one. */
export interface Disturbed {
  readonly name: DisturbanceName
  readonly life: string
  readonly fromMs: number
  readonly toMs: number
}

/** What a fault leaves behind shows for so long. */
const afterMs = 3_000

/**
 * How long writes paused: the longest time from commit to commit in a workspace while something was done to the
 * cluster. For nodes that end, in workspaces that they owned.
 */
export function pausesOf(
  steps: readonly Step[],
  disturbed: readonly Disturbed[],
): readonly (readonly [string, string])[] {
  const pausesByName = new Map<string, number[]>()
  for (const one of disturbed) {
    const pauses = pausesByName.get(one.name) ?? []
    pausesByName.set(one.name, [...pauses, ...pausesIn(steps, one)])
  }
  return [...pausesByName].map(([name, pauses]) => [`pause: ${name}`, summaryOf(pauses)] as const)
}

function pausesIn(steps: readonly Step[], { life, fromMs, toMs }: Disturbed): number[] {
  const workspaces = [...new Set(steps.map(({ workspace }) => workspace))]
  return workspaces.flatMap(name => {
    const own = steps.filter(({ workspace }) => workspace === name)
    const first = own.findIndex(({ atMs }) => atMs >= fromMs)
    if (first <= 0) return []
    if (life !== '' && own[first - 1]?.writer !== life) return []
    let longest = 0
    for (let index = first; index < own.length; index++) {
      const [before, step] = [own[index - 1] as Step, own[index] as Step]
      if (before.atMs > toMs + afterMs) break
      longest = Math.max(longest, step.atMs - before.atMs)
    }
    return [longest]
  })
}

function summaryOf(pauses: readonly number[]): string {
  const sorted = pauses.toSorted((a, b) => a - b)
  const at = (part: number): string => `${Math.round(sorted[Math.floor(part * (sorted.length - 1))] ?? 0)}`
  return sorted.length === 0 ? '–' : `${at(0.5)} ms, worst ${at(1)} (${sorted.length})`
}
