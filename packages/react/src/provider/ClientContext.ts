import type { Client } from '@tidemark/client'
import { createContext } from 'react'

export const ClientContext = createContext<Client | null>(null)
