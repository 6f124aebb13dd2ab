import { fileURLToPath } from 'node:url'
import type { NextConfig } from 'next'

const repository = fileURLToPath(new URL('../..', import.meta.url))

const config: NextConfig = {
  reactStrictMode: true,
  outputFileTracingRoot: repository,
  turbopack: { root: repository },
  // `pnpm check` has looked at the types already.
  typescript: { ignoreBuildErrors: true },
}

export default config
