/**
 * Ctrl+Z and Ctrl+Shift+Z, or with ⌘, until the returned function is called; but in fields outside of the open task,
 * which have their own.
 */
export function bindUndoKeys(undo: () => void, redo: () => void): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    const { key, ctrlKey, metaKey, shiftKey, target } = event
    if (!(ctrlKey || metaKey) || key.toLowerCase() !== 'z') return
    if (target instanceof Element && target.matches('input, textarea') && !target.closest('.task')) return
    event.preventDefault()
    if (shiftKey) redo()
    else undo()
  }
  window.addEventListener('keydown', onKeyDown)
  return () => window.removeEventListener('keydown', onKeyDown)
}
