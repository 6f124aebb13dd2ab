import { useClient } from '@tidemark/react'
import { useEffect } from 'react'
import { forgetSwitch, switchOff, useSwitchedOff } from '../../lib/offlineSwitch'

/** Takes this browser off the network, to see that nothing else changes. */
export function OfflineSwitch() {
  const client = useClient()
  const isOff = useSwitchedOff()
  useEffect(forgetSwitch, [])
  return (
    <button
      type="button"
      className="switch"
      role="switch"
      aria-checked={isOff}
      onClick={() => switchOff(client, !isOff)}
    >
      <span className="switch__track" aria-hidden="true" />
      <span className="switch__label">Work offline</span>
    </button>
  )
}
