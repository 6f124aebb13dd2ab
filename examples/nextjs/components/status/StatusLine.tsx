import { useOutbox, useSyncStatus } from '@tidemark/react'

const sentences = {
  connecting: 'Connecting',
  online: 'Live',
  offline: 'Offline',
  'needs-auth': 'Please sign in again',
  outdated: 'Please reload: there is a newer version',
  closed: 'Signed out',
} as const

/** Connection and unsent writes, in words. */
export function StatusLine() {
  const { connection, node, storage } = useSyncStatus()
  const { size } = useOutbox()
  return (
    <p className="status" data-connection={connection} role="status">
      <span className="status__dot" aria-hidden="true" />
      <span className="status__connection">{sentences[connection]}</span>
      {node && <span className="status__node">at {node}</span>}
      <span className="status__outbox">{outboxSentence(size, connection === 'online')}</span>
      {storage === 'evicted' && <span>The browser had dropped its copy; it was fetched again.</span>}
    </p>
  )
}

function outboxSentence(size: number, isOnline: boolean): string {
  if (size === 0) return 'all saved'
  const changes = `${size} ${size === 1 ? 'change' : 'changes'}`
  return isOnline ? `sending ${changes}` : `${changes} will be sent later`
}
