/** A copy of `service/` with the patches of a mutant in it. */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutant, Patch } from './mutant.ts'

const PROJECT_FOLDER = join(import.meta.dirname, '..', '..')
const SERVICE_FOLDER = join(PROJECT_FOLDER, 'service')
/** Within the project, where the copy finds the project's packages. */
export const MUTANTS_FOLDER = join(PROJECT_FOLDER, 'runs', 'mutants')

/** A patch does not fit the service as it is now: whoever changed the one has to change the other. */
export class PatchError extends Error {
  override readonly name = 'PatchError'
}

/** The source of each file that a mutant changes, by name. Throws {@link PatchError}. */
export function patchedFiles(
  { name, patches }: Mutant,
  read: (file: string) => string = readServiceFile,
): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const { file } of patches) files.set(file, read(file))
  for (const patch of patches) files.set(patch.file, applied(patch, files.get(patch.file)!, name))
  return files
}

function readServiceFile(file: string): string {
  return readFileSync(join(SERVICE_FOLDER, file), 'utf8')
}

function applied({ file, find, replace }: Patch, source: string, mutant: string): string {
  const [before, after, ...more] = source.split(find)
  if (after === undefined || more.length > 0) {
    const count = more.length + (after === undefined ? 0 : 1)
    throw new PatchError(`mutant ${mutant}: expected once in service/${file}, found ${count} times:\n${find}`)
  }
  return before + replace + after
}

/** The copy is there until it is disposed of. */
export class PatchedService implements Disposable {
  readonly folder: string

  /** Throws {@link PatchError}. */
  constructor(mutant: Mutant) {
    const files = patchedFiles(mutant)
    mkdirSync(MUTANTS_FOLDER, { recursive: true })
    this.folder = mkdtempSync(join(MUTANTS_FOLDER, `${mutant.name}-`))
    cpSync(SERVICE_FOLDER, this.folder, { recursive: true })
    for (const [file, source] of files) writeFileSync(join(this.folder, file), source)
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
