import { defineConfig } from 'vitest/config'

// Workspace packages resolve to their sources: no build is needed to run a test.
// Without 'import': Node would apply it to `require`, too, and hand ES modules to packages that want CommonJS.
const conditions = ['@tidemark/source', 'node', 'module', 'default']
const browserTests = '**/*.browser.test.ts'

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    passWithNoTests: true,
    // Property tests share two cores with others: the bound is there for a hang, not to measure.
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: [
            'packages/*/src/**/*.test.ts',
            'bench/src/**/*.test.ts',
            'examples/*/**/*.test.ts',
            'scripts/**/*.test.mjs',
          ],
          exclude: ['**/node_modules/**', '**/.next/**', browserTests],
        },
      },
      {
        extends: true,
        test: { name: 'hooks', environment: 'happy-dom', include: ['packages/react/src/**/*.test.tsx'] },
      },
      {
        // Node tests that drive a real Chromium through playwright, one file at a time.
        extends: true,
        test: {
          name: 'browser',
          include: ['packages/*/src/**/*.browser.test.ts', 'examples/*/**/*.browser.test.ts'],
          exclude: ['**/node_modules/**', '**/.next/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
