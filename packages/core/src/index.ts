// json
export { canonicalJson } from './json/canonicalJson.js'
export { checkJson, isPlainObject, type JsonProblem } from './json/checkJson.js'
export { hash53, hash64 } from './json/hashText.js'
export { isScalar, type Json, type Scalar } from './json/Json.js'

// query
export { compareStrings, compareValues } from './query/compareValues.js'

// error
export {
  type ErrorCode,
  type ErrorEntry,
  errorCodeFromClose,
  errorEntry,
  errors,
  isErrorCode,
  type RetryPolicy,
} from './error/errors.js'
export { type Issue, issueFrom, issueText } from './error/Issue.js'
export { isTidemarkError, TidemarkError, type TidemarkErrorOptions } from './error/TidemarkError.js'
