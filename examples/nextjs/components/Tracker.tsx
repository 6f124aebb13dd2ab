'use client'

import { TidemarkProvider } from '@tidemark/react'
import { useOpenTask } from '../lib/route'
import { useSeat } from '../lib/seat'
import { Header } from './header/Header'
import { Board } from './list/Board'
import { TaskPage } from './task/TaskPage'

export function Tracker() {
  const seat = useSeat()
  const openTask = useOpenTask()
  if (!seat) return <div className="shell shell--waiting" aria-busy="true" />
  return (
    <TidemarkProvider key={seat.personId} client={seat.client}>
      <div className="shell" data-task={openTask === null ? undefined : 'open'}>
        <Header personId={seat.personId} />
        <main className="panes">
          <Board openTask={openTask} />
          {openTask !== null && <TaskPage key={openTask} id={openTask} personId={seat.personId} />}
        </main>
      </div>
    </TidemarkProvider>
  )
}
