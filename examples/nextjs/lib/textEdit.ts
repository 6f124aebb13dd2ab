/** One replacement in a text, in UTF-16 units. */
export interface TextEdit {
  readonly at: number
  readonly removed: number
  readonly inserted: string
}

/**
 * What was done to a text to make another of it. The caret stands where the typing ended, which decides between
 * equal letters: an `a` typed into `aaa` went in before the caret.
 */
export function textEditBetween(before: string, after: string, caret: number): TextEdit {
  const shorter = Math.min(before.length, after.length)
  let suffix = 0
  while (suffix < Math.min(shorter, after.length - caret) && before.at(-1 - suffix) === after.at(-1 - suffix))
    suffix += 1
  let prefix = 0
  while (prefix < shorter - suffix && before[prefix] === after[prefix]) prefix += 1
  while (suffix < shorter - prefix && before.at(-1 - suffix) === after.at(-1 - suffix)) suffix += 1
  if (isHighSurrogate(before, prefix - 1) || isHighSurrogate(after, prefix - 1)) prefix -= 1
  if (isLowSurrogate(before, before.length - suffix) || isLowSurrogate(after, after.length - suffix)) suffix -= 1
  return {
    at: prefix,
    removed: before.length - suffix - prefix,
    inserted: after.slice(prefix, after.length - suffix),
  }
}

/** As a `Y.TextEvent` tells it. */
type Delta = readonly {
  readonly retain?: number | undefined
  readonly delete?: number | undefined
  readonly insert?: unknown
}[]

/** Where a position is after somebody else's change: what is typed right before it pushes it on. */
export function movePosition(position: number, delta: Delta): number {
  let at = 0
  let moved = position
  for (const step of delta) {
    if (at > moved) break
    if (step.retain !== undefined) at += step.retain
    else if (step.delete !== undefined) moved -= Math.min(step.delete, Math.max(0, moved - at))
    else if (at < moved) {
      const length = typeof step.insert === 'string' ? step.insert.length : 1
      moved += length
      at += length
    } else break
  }
  return moved
}

function isHighSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index)
  return unit >= 0xd800 && unit < 0xdc00
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index)
  return unit >= 0xdc00 && unit < 0xe000
}
