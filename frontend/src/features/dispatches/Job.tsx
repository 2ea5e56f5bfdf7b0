import { useText } from '@/shared/i18n'
import { Facts } from '@/shared/ui/Facts'
import { Panel } from '@/shared/ui/Panel'
import type { Dispatch } from './queries'

/** The dispatch's job in Slurm: where it stands there, why it waits, where its output is. */
export function Job({ job }: { job: NonNullable<Dispatch['job']> }) {
  const { t, exact } = useText()
  const signal = (job.exit_code ?? 0) & 127
  return (
    <Panel title={t.dispatches.job.title}>
      <Facts
        facts={{
          [t.dispatches.job.number]: job.job,
          [t.dispatches.job.state]:
            job.state && `${t.slurm.jobStates[job.state] ?? ''} (${job.state})`,
          [t.dispatches.job.reason]: job.reason,
          [t.dispatches.job.node]: job.node,
          [t.dispatches.job.exitCode]: job.exit_code && !signal ? job.exit_code >> 8 : undefined,
          [t.dispatches.job.signal]: signal || undefined,
          [t.dispatches.job.submission]: job.submission > 1 ? job.submission : undefined,
          [t.dispatches.job.seen]: job.seen_at ? exact(job.seen_at) : undefined,
          [t.dispatches.job.fault]: job.fault,
          [t.dispatches.job.output]: job.output,
          [t.dispatches.job.name]: job.name,
        }}
      />
    </Panel>
  )
}
