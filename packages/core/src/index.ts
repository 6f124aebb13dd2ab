// json
export { canonicalJson } from './json/canonicalJson.js'
export { checkJson, isPlainObject, type JsonProblem } from './json/checkJson.js'
export { hash53, hash64 } from './json/hashText.js'
export { isScalar, type Json, type Scalar } from './json/Json.js'
// query
export { compareStrings, compareValues } from './query/compareValues.js'
