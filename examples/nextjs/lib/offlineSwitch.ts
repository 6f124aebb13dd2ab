'use client'

import type { Client } from '@tidemark/client'
import { useSyncExternalStore } from 'react'

const storageKey = 'tidemark-offline'
const listeners = new Set<() => void>()

/** Whether somebody took this browser offline by hand: all its tabs share one connection, so they share the switch. */
export function useSwitchedOff(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => localStorage.getItem(storageKey) !== null,
    () => false,
  )
}

export function switchOff(client: Client, isOff: boolean): void {
  if (isOff) {
    localStorage.setItem(storageKey, 'yes')
    tell()
    client.disconnect()
  } else {
    forgetSwitch()
    client.connect()
  }
}

/** A tab that opens connects, for all. */
export function forgetSwitch(): void {
  localStorage.removeItem(storageKey)
  tell()
}

/** The `storage` event reaches only the other tabs. */
function tell(): void {
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    removeEventListener('storage', listener)
  }
}
