/**
 * Terms joined in pairs of pairs: databases limit the depth of an expression, and a plain chain is as deep as it is
 * long.
 */
export function balanced(terms: readonly string[], operator: 'AND' | 'OR', neutral: 'TRUE' | 'FALSE'): string {
  if (terms.length <= 1) return terms[0] ?? neutral
  const middle = terms.length >> 1
  const [left, right] = [terms.slice(0, middle), terms.slice(middle)]
  return `(${balanced(left, operator, neutral)} ${operator} ${balanced(right, operator, neutral)})`
}
