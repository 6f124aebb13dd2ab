import * as Y from 'yjs'

/** The text that an update writes, a line for each stretch: what a person would want back of it. */
export function textOfUpdate(update: Uint8Array): string {
  const lines: string[] = []
  for (const struct of Y.decodeUpdate(update).structs) {
    if (struct instanceof Y.Item && struct.content instanceof Y.ContentString) lines.push(struct.content.str)
  }
  return lines.join('\n')
}
