/** What a request is answered with, before it is bytes. */
export interface HttpReply {
  readonly status: number
  readonly body: string
  readonly contentType: string
  readonly headers?: Readonly<Record<string, string>>
}

export function jsonReply(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): HttpReply {
  return { status, body: `${JSON.stringify(value)}\n`, contentType: 'application/json; charset=utf-8', headers }
}
