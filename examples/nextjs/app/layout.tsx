import type { Metadata, Viewport } from 'next'
import type { ReactNode } from 'react'
import { OfflineShell } from '../components/OfflineShell'
import '../styles/base.css'
import '../styles/controls.css'
import '../styles/header.css'
import '../styles/list.css'
import '../styles/task.css'

export const metadata: Metadata = {
  title: 'Tracker · Tidemark',
  description: 'A project tracker that is live between everyone, and works without a network.',
}

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#ffffff' },
    { media: '(prefers-color-scheme: dark)', color: '#11161d' },
  ],
}

export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        {children}
        <OfflineShell />
      </body>
    </html>
  )
}
