/** Why a body update is not applied. The reason is a sentence for the one who sent it. */
export interface Refusal {
  readonly kind: 'refused'
  readonly code: 'DENIED' | 'INVALID' | 'REBASE' | 'BODY_TOO_LARGE'
  readonly reason: string
}

export function refusal(code: Refusal['code'], reason: string): Refusal {
  return { kind: 'refused', code, reason }
}
