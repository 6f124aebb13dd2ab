'use client'

import { useSyncExternalStore } from 'react'

/** The open task stands behind the `#`: one page that the browser can keep, and open without a network. */
export function useOpenTask(): string | null {
  const hash = useSyncExternalStore(
    subscribe,
    () => location.hash,
    () => '',
  )
  const id = /^#\/task\/(.+)$/.exec(hash)?.[1]
  return id === undefined ? null : decodeURIComponent(id)
}

export function linkToTask(id: string): string {
  return `#/task/${encodeURIComponent(id)}`
}

export function openTask(id: string | null): void {
  location.hash = id === null ? '#/' : linkToTask(id)
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}
