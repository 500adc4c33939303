import { join } from 'node:path'

/** The client library and the protocol lie beside this folder, and are compiled with it. */
const REPOSITORY = join(import.meta.dirname, '..')

/** @type {import('next').NextConfig} */
export default {
  output: 'standalone',
  outputFileTracingRoot: REPOSITORY,
  turbopack: { root: REPOSITORY },
  // No page has pictures to be made smaller; what does that would be half of the image.
  images: { unoptimized: true },
  outputFileTracingExcludes: { '*': ['../node_modules/sharp/**', '../node_modules/@img/**'] },
  poweredByHeader: false,
  // `npm run types` checks them; Next would look for the interface of an older compiler.
  typescript: { ignoreBuildErrors: true },
}
