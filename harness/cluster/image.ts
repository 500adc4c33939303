/**
 * Images: the service's own, built when missing or stale, and those that are taken from elsewhere.
 *
 * The service's image is tagged with a hash over everything that goes into it, so a changed source has another tag and an
 * unchanged one is not built again. Images of older sources are left where they are.
 */

import { createHash } from 'node:crypto'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { IS_PACKAGE } from '../project.ts'
import { ClusterError } from './cluster.ts'
import { type Engine, engineMessage, engineStatus } from './docker-engine.ts'
import { tail } from './instance-log.ts'

const REPOSITORY = 'tuesday-chat'
const HASH_DIGITS = 12
/** Of the project, besides the service's folder. */
const PROJECT_FILES = ['Dockerfile', 'package.json', 'package-lock.json']
/** Tests and what supports them stays out, as `.dockerignore` has it for who builds by hand. */
const TEST_PATH = /^test-|[/\\]test-|\.test\.ts$/
/** The host's extra certificate authorities, for the build stage only. The Dockerfile copies it where it is there. */
const CERTIFICATES = '.build/ca.crt'

const BASE_IMAGE_ADVICE = IS_PACKAGE
  ? 'Where no registry can be reached, load it from a machine that can: `docker save` there, `docker load` here.'
  : 'Where no registry can be reached, `npm run setup -- --all` makes the base images on this machine.'

/** A file that goes into the image. */
export interface SourceFile {
  /** In the build's context, with forward slashes. */
  readonly path: string
  readonly source: string
}

/** What goes into the image: the Dockerfile, the package files, and the service's folder, whatever it is called, as `service`. */
export function imageSources(projectFolder: string, serviceFolder: string): SourceFile[] {
  const project = PROJECT_FILES.map(path => ({ path, source: join(projectFolder, path) }))
  const service = readdirSync(serviceFolder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => !TEST_PATH.test(relative(serviceFolder, path)))
    .map(source => ({ path: `service${source.slice(serviceFolder.length).replaceAll('\\', '/')}`, source }))
  const missing = project.find(file => !existsSync(file.source))
  if (missing !== undefined) throw new ClusterError(`The service's image cannot be built without ${missing.source}.`)
  return [...project, ...service].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The tag for exactly these contents under exactly these paths. */
export function imageTag(files: readonly { readonly path: string; readonly content: Buffer }[]): string {
  const hash = createHash('sha256')
  for (const { path, content } of files) hash.update(`${path}\0${content.length}\0`).update(content)
  return `${REPOSITORY}:${hash.digest('hex').slice(0, HASH_DIGITS)}`
}

/** The images that the stages of a Dockerfile begin with, without those that are stages themselves. Variables are not resolved. */
export function baseImages(dockerfile: string): string[] {
  const stages = [...dockerfile.matchAll(/^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/gim)]
  const stageNames = new Set(stages.map(stage => stage[2]?.toLowerCase()))
  return [...new Set(stages.map(stage => stage[1]!))].filter(image => !stageNames.has(image.toLowerCase()))
}

/** Builds the service's image where it is missing. Returns its tag. Throws {@link ClusterError} with the last lines of a failed build. */
export async function ensureServiceImage(
  engine: Engine,
  folders: { readonly projectFolder: string; readonly serviceFolder: string },
  onProgress: (line: string) => void,
  abort: AbortSignal | null,
): Promise<string> {
  const files = imageSources(folders.projectFolder, folders.serviceFolder)
  const tag = imageTag(files.map(file => ({ path: file.path, content: readFileSync(file.source) })))
  if (await hasImage(engine, tag)) return tag
  onProgress(`building image ${tag}`)
  const context = mkdtempSync(join(tmpdir(), 'tuesday-image-'))
  try {
    const src = stage(files, context)
    const output: string[] = []
    const problem = await buildProblem(engine, { context, src }, tag, output, abort)
    abort?.throwIfAborted()
    if (problem !== null) throw new ClusterError(await explainFailure(engine, files, tag, problem, output))
  } finally {
    rmSync(context, { recursive: true, force: true })
  }
  return tag
}

/** Pulls an image where it is missing. Throws {@link ClusterError} where it cannot be had. */
export async function ensureImage(
  engine: Engine,
  image: string,
  onProgress: (line: string) => void,
  abort: AbortSignal | null,
): Promise<void> {
  if (await hasImage(engine, image)) return
  onProgress(`pulling image ${image}`)
  try {
    await finished(engine, await engine.pull(image, abort === null ? {} : { abortSignal: abort }), () => {})
  } catch (error) {
    abort?.throwIfAborted()
    throw new ClusterError(`The image ${image} could not be pulled: ${engineMessage(error)}. ${BASE_IMAGE_ADVICE}`)
  }
}

async function hasImage(engine: Engine, image: string): Promise<boolean> {
  try {
    await engine.getImage(image).inspect()
    return true
  } catch (error) {
    if (engineStatus(error) === 404) return false
    throw error
  }
}

/**
 * Copies the files into the folder under their names in the image and returns these. A `.dockerignore` is left out, since the
 * selection is made already.
 */
function stage(files: readonly SourceFile[], folder: string): string[] {
  const certificates = process.env.NODE_EXTRA_CA_CERTS
  const extra = certificates && existsSync(certificates) ? [{ path: CERTIFICATES, source: certificates }] : []
  const staged = [...files, ...extra]
  for (const { path, source } of staged) {
    const target = join(folder, path)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(source, target, { dereference: true })
    // The service's user in the container has to be able to read it, whatever the umask here.
    chmodSync(target, 0o644)
  }
  return staged.map(file => file.path)
}

/** Null where the build has succeeded. Collects what the build prints. */
async function buildProblem(
  engine: Engine,
  context: { readonly context: string; readonly src: string[] },
  tag: string,
  output: string[],
  abort: AbortSignal | null,
): Promise<string | null> {
  try {
    // The classic builder, which every engine has. Intermediate containers go, even where the build fails.
    const options = { t: tag, rm: true, forcerm: true, ...(abort === null ? {} : { abortSignal: abort }) }
    await finished(engine, await engine.buildImage(context, options), text => output.push(text))
    return null
  } catch (error) {
    return engineMessage(error)
  }
}

async function explainFailure(
  engine: Engine,
  files: readonly SourceFile[],
  tag: string,
  problem: string,
  output: readonly string[],
): Promise<string> {
  const dockerfile = files.find(file => file.path === 'Dockerfile')!
  for (const image of baseImages(readFileSync(dockerfile.source, 'utf8'))) {
    if (await hasImage(engine, image)) continue
    return `The base image ${image} is not on this machine and could not be pulled: ${problem}. ${BASE_IMAGE_ADVICE}`
  }
  const lines = tail(output.join('')).map(line => `  ${line}`)
  return [`The image ${tag} could not be built: ${problem}. The last lines of the build:`, ...lines].join('\n')
}

/** Waits for the end of a build or pull. Rejects with what the engine reports as its error, also within the stream. */
function finished(engine: Engine, stream: NodeJS.ReadableStream, onText: (text: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    engine.modem.followProgress(
      stream,
      (error: Error | null) => (error ? reject(error) : resolve()),
      (event: { stream?: string; error?: string }) => {
        onText(event.stream ?? '')
        if (event.error !== undefined) reject(new Error(event.error))
      },
    )
  })
}
