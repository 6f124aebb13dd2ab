import { type KeyboardEvent, useEffect, useRef } from 'react'
import type * as Y from 'yjs'
import { bindText } from '../../lib/bindText'

interface BoundInputProps {
  readonly text: Y.Text
  readonly name: string
  readonly hasFocus: boolean
  readonly onKeyDown: (event: KeyboardEvent<HTMLInputElement>) => void
}

/** One line of a shared text. */
export function BoundInput({ text, name, hasFocus, onKeyDown }: BoundInputProps) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => (field.current ? bindText(field.current, text) : undefined), [text])
  useEffect(() => {
    if (hasFocus) field.current?.focus()
  }, [hasFocus])
  return <input ref={field} className="checklist__text" aria-label={name} onKeyDown={onKeyDown} />
}
