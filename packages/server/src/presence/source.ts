/**
 * Names a session for all nodes, by its replica: the replica's next session, wherever that is, goes on with what this one
 * showed. Nodes say it to each other and to nobody else: who knows a replica's name can go on as it.
 */
export const sourceOf = (replica: string, session: string): string => `${replica}/${session}`

export const replicaOf = (source: string): string => source.slice(0, source.lastIndexOf('/'))

export const sessionOf = (source: string): string => source.slice(source.lastIndexOf('/') + 1)
