/** Why a body update is not applied. The reason is a sentence for the one who sent it. */
export interface BodyRefusal {
  readonly kind: 'refused'
  readonly code: 'DENIED' | 'INVALID' | 'REBASE' | 'BODY_TOO_LARGE'
  readonly reason: string
}

export function refusal(code: BodyRefusal['code'], reason: string): BodyRefusal {
  return { kind: 'refused', code, reason }
}
