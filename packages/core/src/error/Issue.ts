import type { StandardSchemaV1 } from '@standard-schema/spec'

/** A Standard Schema issue whose path is JSON, so it can travel. */
export interface Issue extends StandardSchemaV1.Issue {
  readonly message: string
  readonly path: readonly (string | number)[]
}

export function issueFrom(issue: StandardSchemaV1.Issue, prefix: readonly (string | number)[] = []): Issue {
  const path = (issue.path ?? []).map(part => {
    const key = typeof part === 'object' ? part.key : part
    return typeof key === 'symbol' ? String(key) : key
  })
  return { message: issue.message, path: [...prefix, ...path] }
}

/** `labels.0: Invalid input`: an issue as a line of text. */
export function issueText(issue: StandardSchemaV1.Issue): string {
  const { message, path } = issueFrom(issue)
  return path.length === 0 ? message : `${path.join('.')}: ${message}`
}
