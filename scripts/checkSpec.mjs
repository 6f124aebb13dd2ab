import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from './repository.mjs'
import { trackedFiles } from './trackedFiles.mjs'

const rule = /^- \*\*([A-Z]+(?:-[A-Z0-9]+)+)\*\*/gm
const ruleId = /^[A-Z]+(?:-[A-Z0-9]+)+$/
const promiseId = /^[GLP]\d+$/
const promises = { G: 15, L: 6, P: 25 }
/** A contract suite counts as the tests that run it. */
const testFile = /(\.test|\/testing\/\w+Contract)\.tsx?$/
const testFunctions = new Set(['describe', 'it', 'test'])

/**
 * Holds the rules of each `packages/<name>/SPEC.md` against the names of the tests beside it, both ways: every rule is
 * shown by a test that names it in brackets, and every rule that a test names stands in the SPEC. The promises of the
 * whole (G1–G15, L1–L6, P1–P25) may be named anywhere, and a package that runs others may name their rules.
 */
export function specProblems() {
  const packages = [...new Set(trackedFiles('packages').map(file => file.split('/')[1]))]
  const contents = packages.map(name => {
    const spec = join(root, 'packages', name, 'SPEC.md')
    const tests = trackedFiles(`packages/${name}/src`).filter(file => testFile.test(file))
    return {
      name,
      rules: existsSync(spec) ? rulesOf(readFileSync(spec, 'utf8')) : undefined,
      citations: tests.flatMap(file => citationsOf(file, readFileSync(join(root, file), 'utf8'))),
    }
  })
  return problemsOf(contents)
}

/** The ids of a SPEC.md, in its order, repeats included. */
export const rulesOf = text => [...text.matchAll(rule)].map(([, id]) => id)

/**
 * The ids in brackets in the names of a file's tests and suites, those in the table of an `each` included; several in
 * one pair of brackets stand apart by commas.
 */
export function citationsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const citations = []
  visit(source)
  return citations

  function visit(node) {
    if (ts.isCallExpression(node) && testFunctions.has(calledName(node.expression)) && node.arguments.length > 0) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart())
      for (const [, ids] of node.arguments[0].getText().matchAll(/\[([^[\]]*)\]/g)) {
        for (const id of ids.split(/,\s*/)) {
          if (ruleId.test(id) || promiseId.test(id)) citations.push({ id, place: `${file}:${line + 1}` })
        }
      }
    }
    ts.forEachChild(node, visit)
  }
}

/** `it` of `it(…)`, `it.each(…)(…)`, `it.concurrent.each\`…\`(…)`. */
function calledName(expression) {
  let node = expression
  while (!ts.isIdentifier(node)) {
    if (ts.isTaggedTemplateExpression(node)) node = node.tag
    else if (ts.isCallExpression(node) || ts.isPropertyAccessExpression(node)) node = node.expression
    else return undefined
  }
  return node.text
}

/** @param {{ name: string, rules: string[] | undefined, citations: { id: string, place: string }[] }[]} packages */
export function problemsOf(packages) {
  const homeById = new Map()
  const problems = []
  for (const { name, rules } of packages) {
    if (!rules) problems.push(`packages/${name}: SPEC.md is missing`)
    for (const id of rules ?? []) {
      if (homeById.has(id))
        problems.push(`packages/${name}/SPEC.md: ${id} stands in packages/${homeById.get(id)} already`)
      homeById.set(id, name)
    }
  }
  for (const { name, rules = [], citations } of packages) {
    const cited = new Set(citations.map(({ id }) => id))
    for (const id of new Set(rules))
      if (!cited.has(id)) problems.push(`packages/${name}/SPEC.md: no test names [${id}]`)
    for (const { id, place } of citations) {
      if (promiseId.test(id)) {
        if (Number(id.slice(1)) < 1 || Number(id.slice(1)) > promises[id[0]])
          problems.push(`${place}: there is no promise ${id}`)
      } else if (!homeById.has(id)) {
        problems.push(`${place}: [${id}] stands in no SPEC.md`)
      } else if (homeById.get(id) !== name && name !== 'sim') {
        problems.push(`${place}: [${id}] is a rule of packages/${homeById.get(id)}`)
      }
    }
  }
  return problems
}
