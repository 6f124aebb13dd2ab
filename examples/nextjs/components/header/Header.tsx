import type { PersonId } from '../../sync/people'
import { Inbox } from '../status/Inbox'
import { StatusLine } from '../status/StatusLine'
import { OfflineSwitch } from './OfflineSwitch'
import { PersonSwitch } from './PersonSwitch'

export function Header({ personId }: { readonly personId: PersonId }) {
  return (
    <header className="header">
      <a className="brand" href="#/">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M2 9.5c3.3 0 3.3-3 6.7-3s3.3 3 6.6 3 3.3-3 6.7-3M2 17.5c3.3 0 3.3-3 6.7-3s3.3 3 6.6 3 3.3-3 6.7-3" />
        </svg>
        Tracker
      </a>
      <StatusLine />
      <Inbox />
      <OfflineSwitch />
      <PersonSwitch personId={personId} />
    </header>
  )
}
