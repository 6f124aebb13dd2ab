/** A close frame holds so many bytes of reason. */
const maxBytes = 123
const utf8 = new TextEncoder()

/** A sentence as it fits into a WebSocket close, cut between characters. */
export function closeReason(sentence: string): string {
  if (utf8.encode(sentence).length <= maxBytes) return sentence
  let reason = ''
  let bytes = utf8.encode('…').length
  for (const character of sentence) {
    bytes += utf8.encode(character).length
    if (bytes > maxBytes) break
    reason += character
  }
  return `${reason}…`
}
