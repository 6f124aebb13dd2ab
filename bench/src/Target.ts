/** What a figure is held against. */
export type Target = { readonly atMost: number } | { readonly atLeast: number } | { readonly exactly: number }

export function holds(value: number, target: Target): boolean {
  if ('atMost' in target) return value <= target.atMost
  if ('atLeast' in target) return value >= target.atLeast
  return value === target.exactly
}

export function targetText(target: Target): string {
  if ('atMost' in target) return `≤ ${target.atMost}`
  if ('atLeast' in target) return `≥ ${target.atLeast}`
  return `= ${target.exactly}`
}

/** How much of what is allowed a figure uses: 1 is the very bound. */
export function useOf(value: number, target: Target): number {
  if ('atMost' in target) return target.atMost === 0 ? (value <= 0 ? 0 : 2) : value / target.atMost
  if ('atLeast' in target) return value === 0 ? 2 : target.atLeast / value
  return value === target.exactly ? 1 : 2
}
