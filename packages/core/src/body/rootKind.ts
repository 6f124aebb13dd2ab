import { Content, SharedType } from './readContent.js'
import type { BodyStruct } from './readUpdate.js'

/** `text` is a Y.Text, `richText` a Y.XmlFragment. */
export type RootKind = 'text' | 'richText'

const textContents = new Set<number>([Content.deleted, Content.string, Content.embed, Content.format])
const textEmbeds = new Set<number>([SharedType.array, SharedType.map, SharedType.text])
const richTextChildren = new Set<number>([SharedType.xmlElement, SharedType.xmlText, SharedType.xmlHook])

/**
 * Whether a root of this kind may hold the struct directly. What the wrong shared type would have
 * written is refused: it would be counted in the text's length and shown by no editor.
 */
export function rootTakes(kind: RootKind, struct: BodyStruct): boolean {
  if (struct.key !== null) return false
  switch (kind) {
    case 'text':
      return textContents.has(struct.content) || textEmbeds.has(struct.typeRef)
    case 'richText':
      return struct.content === Content.deleted || richTextChildren.has(struct.typeRef)
  }
}
