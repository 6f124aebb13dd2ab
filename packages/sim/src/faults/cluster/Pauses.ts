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
 * How long writes paused, from commit to commit in a workspace: where a node ended that owned it, until another
 * committed there; else the longest time while something was done to the cluster. And how long it took from commit to
 * commit in all the run, since no pause can be seen that is shorter.
 */
export function pausesOf(
  steps: readonly Step[],
  disturbed: readonly Disturbed[],
): readonly (readonly [string, string])[] {
  const workspaces = [...new Set(steps.map(({ workspace }) => workspace))]
  const histories = workspaces.map(name => steps.filter(({ workspace }) => workspace === name))
  const pausesByName = new Map<string, number[]>([['commit to commit', histories.flatMap(gapsIn)]])
  for (const one of disturbed) {
    const name = `pause: ${one.name}`
    const pauses = histories.flatMap(history => pauseIn(history, one) ?? [])
    pausesByName.set(name, [...(pausesByName.get(name) ?? []), ...pauses])
  }
  return [...pausesByName].map(([name, pauses]) => [name, summaryOf(pauses)] as const)
}

function gapsIn(history: readonly Step[]): number[] {
  return history.slice(1).map(({ atMs }, index) => atMs - (history[index] as Step).atMs)
}

function pauseIn(history: readonly Step[], { name, life, fromMs, toMs }: Disturbed): number | null {
  const first = history.findIndex(({ atMs }) => atMs >= fromMs)
  if (first <= 0 || (life !== '' && history[first - 1]?.writer !== life)) return null
  if (name === 'kill -9 a node' || name === 'drain a node') {
    const next = history.findIndex(({ writer }, index) => index >= first && writer !== life)
    return next < 0 ? null : (history[next] as Step).atMs - (history[next - 1] as Step).atMs
  }
  return Math.max(...gapsIn(history.filter(({ atMs }, index) => index >= first - 1 && atMs <= toMs + afterMs)), 0)
}

function summaryOf(pauses: readonly number[]): string {
  const sorted = pauses.toSorted((a, b) => a - b)
  const at = (part: number): string => `${Math.round(sorted[Math.floor(part * (sorted.length - 1))] ?? 0)}`
  return sorted.length === 0 ? '–' : `${at(0.5)} ms, worst ${at(1)} (${sorted.length})`
}
