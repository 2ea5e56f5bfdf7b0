import { MantineProvider } from '@mantine/core'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it, vi } from 'vitest'
import type { Schemas } from '@/shared/api/client'
import { TextProvider } from '@/shared/i18n'
import { SlurmPanel } from './SlurmPanel'

vi.mock('@tanstack/react-router', () => ({
  Link: ({ params, children }: { params: { id: string }; children: string }) => (
    <a href={`/dispatches/${params.id}`}>{children}</a>
  ),
}))

vi.stubGlobal('navigator', { language: 'en' })

const AT = '2026-11-26T10:00:00Z'
const STATES = ['IDLE', 'MIXED', 'ALLOCATED', 'DOWN*', 'IDLE+DRAIN']

const nodes: Schemas['ClusterNode'][] = Array.from({ length: 200 }, (_, at) => ({
  name: `n${at}`,
  state: STATES[at % STATES.length] as string,
  reason: at % STATES.length === 3 ? 'Not responding' : null,
  partitions: [at < 150 ? 'cpu' : 'gpu', 'all'],
  processors: 64,
  busy_processors: at % STATES.length === 2 ? 64 : 0,
  memory: 2 ** 38,
}))

const job = (id: number, name: string, changes: Partial<Schemas['SeenJob']>) =>
  ({ id, name, state: 'RUNNING', restarts: 0, ...changes }) as Schemas['SeenJob']

const cluster: Schemas['Cluster'] = {
  version: 'slurm 22.05.8',
  controllers: { head1: 'UP', head2: 'DOWN' },
  nodes,
  jobs: [
    job(7, 'disparo-12-4b20543146b14df7-1', { node: 'n1', started_at: AT }),
    job(8, 'train', { state: 'PENDING', reason: 'Priority', partition: 'gpu', submitted_at: AT }),
  ],
  waiting: 412,
  running: 338,
}

/** Return what the panel says of an answer of the service, and how often it draws a node. */
function shown(told: Partial<Schemas['SlurmDocument']>) {
  const html = renderToStaticMarkup(
    <MantineProvider withCssVariables={false} withGlobalClasses={false}>
      <TextProvider>
        <SlurmPanel told={{ enabled: true, way: 'commands', ...told }} />
      </TextProvider>
    </MantineProvider>,
  )
  return { words: html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' '), html }
}

it('tells of a large cluster partition by partition, and shows the nodes in trouble', () => {
  const { words, html } = shown({ asked_at: AT, cluster })
  expect(words).toContain('gpu 50 nodes 10 down 10 closed 20 in use 10 idle')
  expect(words).toContain('640 of 3200 processors busy')
  expect(words).toContain('controller head2 does not answer')
  expect(words).toContain('338 running, 412 waiting')
  expect(words).toContain('All 200 nodes')
  expect(html.match(/<strong>n\d+</g)).toHaveLength(12)
  expect(words.match(/Not responding/g)).toHaveLength(12)
})

it('leads from a job of ours to its dispatch, and says why another waits', () => {
  const { words, html } = shown({ asked_at: AT, cluster })
  expect(html).toContain('href="/dispatches/12"')
  expect(words).toContain('train 8 waiting Priority gpu')
})

it('shows all of a small cluster, without a word of its partitions', () => {
  const { words } = shown({ asked_at: AT, cluster: { ...cluster, nodes: nodes.slice(0, 5) } })
  expect(words).not.toContain('closed 20')
  expect(words).not.toContain('All 5 nodes')
  expect(words).toContain('n4 idle, closed to new jobs')
})

it('says why a cluster does not answer, and as of when it shows what was known', () => {
  const fault = 'squeue has not answered for 20 s (slurm.timeout_seconds)'
  expect(shown({ fault }).words.trim()).toBe(`Slurm ${fault}`)
  const { words, html } = shown({ fault, cluster, asked_at: AT })
  expect(words).toContain(`${fault} What follows is as of`)
  expect(html).toContain('role="alert"')
  expect(words).toContain('All 200 nodes')
})

it('has no nodes and no jobs to show of a cluster that is empty', () => {
  const { words } = shown({
    asked_at: AT,
    cluster: { controllers: {}, nodes: [], jobs: [] } as never,
  })
  expect(words).toContain('No job waits or runs.')
})
