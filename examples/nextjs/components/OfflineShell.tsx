'use client'

import { useEffect } from 'react'

/** Lets the browser keep the page itself, so that it opens without a network; the tasks are in the replica. */
export function OfflineShell() {
  useEffect(() => {
    if (process.env.NODE_ENV === 'production') void navigator.serviceWorker?.register('/sw.js')
  }, [])
  return null
}
