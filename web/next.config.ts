import { join } from 'node:path'
import type { NextConfig } from 'next'

/** The client library and the protocol lie beside this folder, and are compiled with it. */
const REPOSITORY = join(import.meta.dirname, '..')

const config: NextConfig = {
  output: 'standalone',
  outputFileTracingRoot: REPOSITORY,
  turbopack: { root: REPOSITORY },
  poweredByHeader: false,
  reactStrictMode: true,
  // `npm run types` checks them; Next would look for the interface of an older compiler.
  typescript: { ignoreBuildErrors: true },
}

export default config
