/**
 * The process of the front end's server, started by `front-end.ts`: runs the built server, whose path is its argument, and ends with whoever started
 * it, whatever becomes of that one.
 */

import { pathToFileURL } from 'node:url'

process.on('disconnect', () => process.exit(0))
await import(pathToFileURL(process.argv[2]!).href)
