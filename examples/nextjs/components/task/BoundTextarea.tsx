import { useEffect, useRef } from 'react'
import type * as Y from 'yjs'
import { bindText } from '../../lib/bindText'

/** Uncontrolled: the text, not React, is what the field shows. */
export function BoundTextarea({ text }: { readonly text: Y.Text }) {
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => (field.current ? bindText(field.current, text) : undefined), [text])
  return <textarea ref={field} className="notes" aria-label="Notes" placeholder="Write something…" rows={10} />
}
