import type { Rules } from '@tidemark/server/testing'
import { newNotes } from './schema.js'

/** What the app's own database says of a user. */
export interface Membership {
  readonly teams: readonly string[]
  /** May not set the status of a note. */
  readonly isJunior: boolean
  readonly mayReadPages: boolean
  readonly mayWritePages: boolean
}

/** A user as `authenticate` gives it. */
export interface SimUser {
  readonly userId: string
  readonly membership: Membership
}

interface Version {
  readonly membership: Membership
  /** The seq of the access entry that says so; null while it is under way. */
  seq: number | null
}

/**
 * Who may do what, and since when. A change of rights is told to Tidemark by `accessChanged`: until its entry has a seq,
 * a session may be judged by the old rights or the new ones; after it only by the new.
 */
export class Rights {
  readonly #versionsByUser = new Map<string, Version[]>()

  constructor(users: ReadonlyMap<string, Membership>) {
    for (const [userId, membership] of users) this.#versionsByUser.set(userId, [{ membership, seq: 0 }])
  }

  get userIds(): readonly string[] {
    return [...this.#versionsByUser.keys()]
  }

  /** As the app's database has it now. */
  now(userId: string): Membership {
    return (this.#versions(userId).at(-1) as Version).membership
  }

  /** The app's database is changed. */
  change(userId: string, membership: Membership): void {
    this.#versions(userId).push({ membership, seq: null })
  }

  /** An access entry of the user was committed: all that was changed before it holds from there. */
  announced(userId: string, seq: number): void {
    for (const version of this.#versions(userId)) version.seq ??= seq
  }

  /** Users whose change of rights has no seq yet. */
  get unannounced(): readonly string[] {
    return this.userIds.filter(userId => this.#versions(userId).some(({ seq }) => seq === null))
  }

  /** What a replica of the user may be judged by when it stands at this position. */
  possibleAt(userId: string, seq: number): readonly Membership[] {
    const versions = this.#versions(userId)
    let first = 0
    for (const [index, version] of versions.entries()) if (version.seq !== null && version.seq <= seq) first = index
    return versions.slice(first).map(({ membership }) => membership)
  }

  /** The seqs of the user's access entries. */
  changesOf(userId: string): readonly number[] {
    return this.#versions(userId).flatMap(({ seq }) => (seq === null ? [] : [seq]))
  }

  #versions(userId: string): Version[] {
    const versions = this.#versionsByUser.get(userId)
    if (versions === undefined) throw new Error(`there is no user ${userId}`)
    return versions
  }
}

const membershipOf = (user: { readonly userId: string }): Membership => (user as SimUser).membership

/** The app's rules on the node. `canRead` is the same said once more, in plain code, for the checks. */
export const rules: Rules = {
  workspace: () => 'write',
  collections: {
    notes: {
      read: user => newNotes.where({ or: [{ team: { in: [...membershipOf(user).teams] } }, { owner: user.userId }] }),
      write: (user, write) => judgeNote(user as SimUser, write as NoteWrite),
    },
    pages: {
      read: user => (membershipOf(user).mayReadPages ? 'all' : 'none'),
      write: user => (membershipOf(user).mayWritePages ? true : 'you may not write pages'),
    },
    seats: { write: () => 'seats are only sold' },
    stocks: { write: () => 'stocks are only sold' },
    sales: { write: () => 'only commands sell' },
  },
}

interface NoteWrite {
  readonly before?: { readonly team: string; readonly owner: string | null } | undefined
  readonly after?: { readonly team: string; readonly owner: string | null } | undefined
  readonly fields: readonly string[]
}

function judgeNote({ membership, userId }: SimUser, { before, after, fields }: NoteWrite) {
  const isOurs = (note: NoteWrite['before']) =>
    note === undefined || membership.teams.includes(note.team) || note.owner === userId
  if (!isOurs(before) || !isOurs(after)) return 'that team is not yours'
  if (before !== undefined && membership.isJunior && fields.includes('status')) {
    return { refuse: ['status'], reason: 'juniors do not set the status' }
  }
  return true
}

/** Whether a user with these rights may read a row. */
export function canRead(userId: string, { teams, mayReadPages }: Membership, collection: string, values: Row): boolean {
  if (collection === 'notes') return teams.includes(values.team as string) || values.owner === userId
  return collection === 'pages' ? mayReadPages : true
}

type Row = Readonly<Record<string, unknown>>
