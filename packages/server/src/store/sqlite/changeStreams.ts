/** The log of a workspace is kept by streams: the rows and the bodies of each collection, and the access changes. */
export const accessStream = 0
export const rowStream = (collectionKey: number): number => collectionKey * 2
export const bodyStream = (collectionKey: number): number => collectionKey * 2 + 1
export const isBodyStream = (stream: number): boolean => stream % 2 === 1
export const collectionOfStream = (stream: number): number => stream >> 1
