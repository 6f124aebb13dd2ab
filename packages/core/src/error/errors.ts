/**
 * What whoever meets the error should do about repeating.
 *
 * - `never`: the same attempt fails again; change it first
 * - `backoff`: repeat by itself, waiting longer each time
 * - `after`: repeat once the time that came with it has passed
 * - `elsewhere`: connect again at once, another node takes over
 * - `reauthenticate`: repeat with a new token
 * - `update`: repeat with a newer version of the app
 * - `rebuild`: build the change anew on the confirmed state; the old one stays in the inbox
 */
export type RetryPolicy = 'never' | 'backoff' | 'after' | 'elsewhere' | 'reauthenticate' | 'update' | 'rebuild'

export interface ErrorEntry {
  /** WebSocket close number: 44xx is permanent (stock y-websocket clients never retry those), 45xx passes. */
  readonly close?: number
  readonly retry: RetryPolicy
  /** What it means and what to do, for the person who reads it. */
  readonly sentence: string
}

/** Every error code there is: close number, retry policy, sentence. Nothing else in the project repeats these. */
export const errors = {
  // answers to a mutation or a call
  INVALID: {
    close: 4422,
    retry: 'never',
    sentence: 'The value does not fit the schema: correct what the issues name.',
  },
  NOT_FOUND: { close: 4434, retry: 'never', sentence: 'There is no such record, or it was removed: make a new one.' },
  EXISTS: { retry: 'never', sentence: 'The id is used, or was used by a removed record: take a new id.' },
  DENIED: { close: 4430, retry: 'never', sentence: 'An access rule refused this: ask for the rights or leave it.' },
  EXPIRED: { retry: 'never', sentence: 'It waited longer than it may: look at the current state and decide again.' },
  OUTDATED: {
    retry: 'update',
    sentence: 'It was made under a schema that no longer fits: update the app and make it again.',
  },
  UNKNOWN: {
    retry: 'never',
    sentence: 'It was sent, but this replica is no longer known, so its answer is lost: look before making it again.',
  },
  REBASE: {
    close: 4432,
    retry: 'rebuild',
    sentence: 'It builds on content that was refused or is unknown: the body is rebuilt from the confirmed state.',
  },
  ROW_TOO_LARGE: { retry: 'never', sentence: 'The row is over its size limit: move long text to a text field.' },
  BODY_TOO_LARGE: {
    close: 4431,
    retry: 'never',
    sentence: 'The body is over its size limit: only deletions are taken.',
  },
  TOO_FAST: { retry: 'after', sentence: 'Too many mutations a second: they are sent again after the given time.' },

  // the caller's schema, configuration and use
  INVALID_SCHEMA: { retry: 'never', sentence: 'The schema cannot be used like this: correct the definition.' },
  BAD_CONFIG: { retry: 'never', sentence: 'The configuration cannot be used: correct the option that is named.' },
  CLOSED: { retry: 'never', sentence: 'This was closed or signed out: make a new one.' },

  // the replica in the browser
  OUTBOX_FULL: { retry: 'backoff', sentence: 'Too much waits to be sent: go online and let the outbox drain first.' },
  STORAGE_FULL: { retry: 'never', sentence: 'The browser has no space left: free some, the write was not saved.' },
  STORAGE_FAILED: {
    retry: 'never',
    sentence: 'The browser could not store the write: reload the page, then try again.',
  },

  // closes of a session, permanent
  BAD_FRAME: {
    close: 4400,
    retry: 'never',
    sentence: 'The bytes are no message of this protocol: use a matching client.',
  },
  UNAUTHORIZED: {
    close: 4401,
    retry: 'reauthenticate',
    sentence: 'The token is missing, wrong or expired: sign in again.',
  },
  FORBIDDEN: { close: 4403, retry: 'never', sentence: 'This user has no access here: ask for the rights.' },
  UNKNOWN_WORKSPACE: {
    close: 4404,
    retry: 'never',
    sentence: 'There is no such workspace: check its name in the address.',
  },
  /** Only a slow link or a stranger meets it, no stock client: ours tries again although the number is permanent. */
  HELLO_TIMEOUT: { close: 4408, retry: 'backoff', sentence: 'No hello came in time: the connection is made again.' },
  WRONG_USER: {
    close: 4409,
    retry: 'never',
    sentence: 'The token is of another user than this replica: sign out first.',
  },
  FRAME_TOO_LARGE: {
    close: 4413,
    retry: 'never',
    sentence: 'The message is over the frame limit: write less at once.',
  },
  PROTOCOL_OUTDATED: {
    close: 4426,
    retry: 'update',
    sentence: 'The protocol version is not spoken here: update the app.',
  },
  SCHEMA_OUTDATED: { close: 4427, retry: 'update', sentence: 'The schema does not match the node: update the app.' },
  TOO_MANY_SUBSCRIPTIONS: { close: 4429, retry: 'never', sentence: 'Too many subscriptions: use lists, unmount some.' },

  // closes of a session, passing
  INTERNAL: { close: 4500, retry: 'backoff', sentence: 'The node failed at this: it is tried again; see its log.' },
  BUSY: {
    close: 4503,
    retry: 'after',
    sentence: 'The node has too much to do: it is tried again after the given time.',
  },
  STORE_FAILED: { close: 4505, retry: 'backoff', sentence: 'The store does not answer: writes wait until it does.' },
  OUT_OF_ORDER: {
    close: 4507,
    retry: 'elsewhere',
    sentence: 'A mutation came before the one it follows: the outbox is sent again from there.',
  },
  HEARTBEAT_LOST: {
    close: 4508,
    retry: 'backoff',
    sentence: 'The other side went silent: the connection is made again.',
  },
  DRAINING: { close: 4510, retry: 'elsewhere', sentence: 'The node is being stopped: another one takes over.' },
  MOVED: { close: 4511, retry: 'elsewhere', sentence: 'The workspace moved to another node: the client follows.' },

  // start of a node
  DIRECTORY_IN_USE: { retry: 'never', sentence: 'Another process uses the data directory: stop it or take another.' },
  DIRECTORY_NOT_WRITABLE: {
    retry: 'never',
    sentence: 'The data directory cannot be written: change its rights or path.',
  },
  PORT_TAKEN: { retry: 'never', sentence: 'The port is taken: stop what listens there or choose another with --port.' },
  STORE_FORMAT: { retry: 'never', sentence: 'The stored form is of another version: run the version that wrote it.' },
  REDIS_AWAY: { retry: 'backoff', sentence: 'Start Redis, or correct its address and what stands between.' },
  REDIS_REFUSED: { retry: 'backoff', sentence: 'Correct the user and password of Redis, and what its ACL allows.' },
  REDIS_UNFIT: { retry: 'backoff', sentence: 'Take a Redis that can do this, or correct what is said of it.' },
  CLOCK_OFF: { retry: 'never', sentence: 'The clock of this machine is off: switch on time synchronisation.' },
  TOO_FEW_FILES: {
    retry: 'never',
    sentence: 'Too few files may be open: raise the limit (ulimit -n) before starting.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errors

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errors, code)
}

export function errorEntry(code: ErrorCode): ErrorEntry {
  return errors[code]
}

const codeByClose = new Map<number, ErrorCode>()
for (const code of Object.keys(errors) as ErrorCode[]) {
  const { close } = errorEntry(code)
  if (close !== undefined) codeByClose.set(close, code)
}

/** The code behind a close number, for a side that was told nothing else. */
export function errorCodeFromClose(close: number): ErrorCode | undefined {
  return codeByClose.get(close)
}
