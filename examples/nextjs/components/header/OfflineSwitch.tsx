import { useClient } from '@tidemark/react'
import { useState } from 'react'

/** Takes this browser off the network, to see that nothing else changes. */
export function OfflineSwitch() {
  const client = useClient()
  const [isOff, setOff] = useState(false)
  const change = () => {
    if (isOff) client.connect()
    else client.disconnect()
    setOff(!isOff)
  }
  return (
    <button type="button" className="switch" role="switch" aria-checked={isOff} onClick={change}>
      <span className="switch__track" aria-hidden="true" />
      <span className="switch__label">Work offline</span>
    </button>
  )
}
