/** Where the position of a named listener is kept beside the replica. */
export const positionKey = (name: string): string => `told ${name}`
