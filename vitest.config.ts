import { defineConfig } from 'vitest/config'

const conditions = ['@tidemark/source', 'node', 'import', 'module', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ['packages/*/src/**/*.test.{ts,tsx}', 'bench/src/**/*.test.ts'], passWithNoTests: true },
})
