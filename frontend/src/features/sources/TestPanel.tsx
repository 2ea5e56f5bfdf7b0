import { Button } from '@mantine/core'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { IconRefresh, ShapeCheck, ShapeOctagon } from '@/shared/ui/icons'
import { Panel } from '@/shared/ui/Panel'
import { useTestSource } from './queries'
import { type Outcome, outcomes, STAGES } from './steps'
import classes from './TestPanel.module.css'

/** Tries the connection, step by step, and tells where it failed and what to do. */
export function TestPanel({ name }: { name: string }) {
  const { t } = useText()
  const test = useTestSource(name)
  const button = (
    <May as="operator">
      <Button
        size="xs"
        leftSection={<IconRefresh size={14} />}
        loading={test.isPending}
        onClick={() => test.mutate()}
      >
        {t.sources.test}
      </Button>
    </May>
  )
  return (
    <Panel title={t.sources.testTitle} side={button}>
      <div aria-live="polite">
        {test.data ? (
          <Found probe={test.data} />
        ) : (
          <p className={classes.hint}>{t.sources.testHint}</p>
        )}
      </div>
    </Panel>
  )
}

const TONES = { well: 'good', failed: 'bad', untried: 'idle' } as const

function Found({ probe }: { probe: Schemas['Probe'] }) {
  const { t, took } = useText()
  const reached = outcomes(probe.failed_step)
  return (
    <>
      <ol className={classes.steps}>
        {STAGES.map((stage) => (
          <li key={stage} data-tone={TONES[reached[stage]]} data-outcome={reached[stage]}>
            <Shape outcome={reached[stage]} />
            {t.sources.stages[stage]}
            <span className="visually-hidden">{t.sources.outcomes[reached[stage]]}</span>
          </li>
        ))}
      </ol>
      <p className={classes.found} data-tone={probe.ok ? 'good' : 'bad'}>
        {probe.detail}
      </p>
      <p className={classes.hint}>{t.sources.testedIn(took(probe.seconds))}</p>
    </>
  )
}

function Shape({ outcome }: { outcome: Outcome }) {
  if (outcome === 'well') return <ShapeCheck size={16} />
  if (outcome === 'failed') return <ShapeOctagon size={16} />
  return <span className={classes.untried} />
}
