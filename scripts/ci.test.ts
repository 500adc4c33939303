/** The workflow of GitHub Actions and the files for GitLab in docs/ci.md: are they well-formed, and do they call what there is? */

import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

// The parser imports its JSON without saying so, which Node wants it to.
registerHooks({
  load(url, context, next) {
    const isJson = url.endsWith('.json')
    return next(url, isJson ? { ...context, importAttributes: { type: 'json' } } : context)
  },
})
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import('@actions/workflow-parser')

const ROOT = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

const WORKFLOW = '.github/workflows/ci.yml'
const workflow = parse(read(WORKFLOW))
const guide = read('docs/ci.md')
const gitlab = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!)
const scripts = JSON.parse(read('package.json')).scripts as Record<string, string>

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
  readonly if?: string
  readonly env?: Readonly<Record<string, string>>
}
interface Job {
  readonly 'timeout-minutes'?: number
  readonly steps: readonly Step[]
}

const jobs = Object.entries<Job>(workflow.jobs)
const steps = jobs.flatMap(([, job]) => job.steps)

async function problemsOf(content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name: WORKFLOW, content }, new NoOperationTraceWriter())
  if (value !== undefined) await convertWorkflowTemplate(context, value)
  return context.errors.getErrors().map(({ message }) => message)
}

/** Names of npm scripts that a shell text runs. */
function npmScripts(text: string): string[] {
  return [...text.matchAll(/\bnpm (?:run )?(?:--silent )?([a-z][\w:-]*)/g)]
    .map(([, name]) => name!)
    .filter(name => name !== 'ci' && name !== 'run')
}

describe(WORKFLOW, () => {
  it('is a workflow to the parser of GitHub, expressions and all', async () => {
    expect(await problemsOf(read(WORKFLOW))).toEqual([])
  })

  it.each([
    ['runs-on:', 'run-on:'],
    ["event_name == 'pull_request' }}", "event_name = 'pull_request' }}"],
    ['needs: list', 'needs: lists'],
    ['contents: read', 'contents: reed'],
  ])('would not be with %s as %s', async (found, mistyped) => {
    expect(read(WORKFLOW)).toContain(found)
    expect(await problemsOf(read(WORKFLOW).replace(found, mistyped))).not.toEqual([])
  })

  it('runs npm scripts that there are', () => {
    const called = steps.flatMap(({ run }) => npmScripts(run ?? ''))
    expect(called).toEqual(expect.arrayContaining(['types', 'lint', 'test:unit', 'setup', 'scenario']))
    expect(called.filter(name => scripts[name] === undefined)).toEqual([])
  })

  it('pins what it uses to a commit, with the version beside it', () => {
    const lines = read(WORKFLOW).match(/^.*\buses:.*$/gm) ?? []
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) expect(line).toMatch(/uses: actions\/[\w-]+@[0-9a-f]{40} # v\d+(\.\d+)*$/)
  })

  it('may read the repository and nothing else, and ends in time', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' })
    for (const [name, job] of jobs) {
      expect(job, name).not.toHaveProperty('permissions')
      expect(job['timeout-minutes'], name).toBeGreaterThan(0)
    }
  })

  it('lets nobody put a command into a shell by the name of something', () => {
    for (const { run } of steps) expect(run ?? '').not.toContain('${{')
  })

  it('takes Node from package.json and keeps what npm fetched', () => {
    const nodes = steps.filter(({ uses }) => uses?.startsWith('actions/setup-node'))
    expect(nodes.length).toBeGreaterThan(0)
    for (const { with: options } of nodes) {
      expect(options).toEqual({ 'node-version-file': 'package.json', cache: 'npm' })
    }
  })

  it('keeps the run’s folder whether the run passed or not, where the run has put it', () => {
    const upload = workflow.jobs.scenario.steps.find((step: Step) => step.uses?.startsWith('actions/upload-artifact'))
    expect(upload.if).toContain('!cancelled()')
    const run = workflow.jobs.scenario.steps.find((step: Step) => step.run?.startsWith('npm run scenario'))
    expect(run.run).toContain(`--out ${upload.with.path}`)
    expect(run.run).toContain('--driver process')
  })

  it('asks one place which scenarios there are', () => {
    expect(workflow.jobs.scenario.strategy.matrix.scenario).toContain('fromJSON(needs.list.outputs.scenarios)')
    expect(workflow.jobs.list.steps.at(-1).run).toContain('npm run --silent scenario -- --list "$SET" --json')
    expect(workflow.on).toMatchObject({ schedule: [{ cron: expect.any(String) }], pull_request: null })
  })

  it('has a gate that waits for every other job', () => {
    const others = jobs.map(([name]) => name).filter(name => name !== 'gate')
    expect(workflow.jobs.gate).toMatchObject({ needs: others, if: expect.stringContaining('always()') })
  })
})

describe('docs/ci.md, GitLab', () => {
  const [pipeline, child] = gitlab.map(text => parse(text))

  it('has two files', () => {
    expect(gitlab.map(text => text.split('\n')[0])).toEqual(['# .gitlab-ci.yml', '# .gitlab/scenario.yml'])
  })

  it('runs npm scripts that there are', () => {
    const called = npmScripts(gitlab.join('\n'))
    expect(called).toEqual(expect.arrayContaining(['types', 'setup', 'scenario']))
    expect(called.filter(name => scripts[name] === undefined)).toEqual([])
  })

  it('makes a child pipeline of the names, in which the job of the second file runs', () => {
    const line = pipeline.list.script[1] as string
    const [, format] = /printf '(.*)\\n'/.exec(line) ?? []
    const made = parse(format!.replace('%s', '["smoke","regressions/x"]'))
    expect(made).toEqual({
      include: { local: '.gitlab/scenario.yml' },
      run: { extends: '.scenario', parallel: { matrix: [{ SCENARIO: ['smoke', 'regressions/x'] }] } },
    })
    expect(child[made.run.extends].script).toContain('npm run scenario "$SCENARIO" -- --driver process --out runs/ci')
    expect(pipeline.scenarios.trigger.include).toEqual([{ artifact: pipeline.list.artifacts.paths[0], job: 'list' }])
  })

  it('keeps the run’s folder whether the run passed or not, and shows its test cases', () => {
    expect(child['.scenario'].artifacts).toMatchObject({
      when: 'always',
      paths: ['runs/ci'],
      reports: { junit: 'runs/ci/junit.xml' },
    })
  })
})
