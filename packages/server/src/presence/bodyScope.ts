/** The presence scope of a body's editors: `body/<collection>/<id>`; ids may hold slashes, collections cannot. */
export function bodyOfScope(scope: string): { readonly collection: string; readonly id: string } | null {
  const match = /^body\/([^/]+)\/(.+)$/s.exec(scope)
  return match?.[1] !== undefined && match[2] !== undefined ? { collection: match[1], id: match[2] } : null
}

export const bodyScope = (collection: string, id: string): string => `body/${collection}/${id}`
