import type { IncomingMessage } from 'node:http'

export interface RequestCredentials {
  readonly token: string | null
  readonly headers: Record<string, string | undefined>
}

/** The token of `Authorization: Bearer …`, or of `?token=…`, which browsers' WebSockets need. */
export function credentialsFrom(request: IncomingMessage): RequestCredentials {
  const headers = flatHeaders(request)
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  return { token: bearer ?? requestUrl(request).searchParams.get('token'), headers }
}

export function flatHeaders(request: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

/** The address asked for, without a host; one that makes no sense is the root. */
export function requestUrl(request: IncomingMessage): URL {
  const address = `http://node${request.url ?? '/'}`
  return new URL(URL.canParse(address) ? address : 'http://node/')
}
