import { Skeleton } from '@mantine/core'
import { lazy, Suspense, useMemo } from 'react'
import { useText } from '@/shared/i18n'
import { ShapeOctagon } from '@/shared/ui/icons'
import { Panel } from '@/shared/ui/Panel'
import classes from './YamlView.module.css'
import type { Fault } from './yaml'

const YamlEditor = lazy(() => import('./YamlEditor'))

interface Props {
  text: string
  onChange: (text: string) => void
  faults: readonly Fault[]
}

/** A schedule as the text that `disparo apply` takes, with what is wrong at its line. */
export function YamlView({ text, onChange, faults }: Props) {
  const { t } = useText()
  const lines = useMemo(() => faults.flatMap(({ line }) => line ?? []), [faults])
  return (
    <Panel title={t.schedules.yaml} flush>
      <p className={classes.hint}>{t.schedules.yamlHint}</p>
      <div className={classes.frame}>
        <Suspense fallback={<Skeleton height={320} radius={0} />}>
          <YamlEditor value={text} onChange={onChange} label={t.schedules.yaml} faulty={lines} />
        </Suspense>
      </div>
      {faults.length > 0 && (
        <ul className={classes.faults} role="alert">
          {faults.map(({ line, words }) => (
            <li key={`${line} ${words}`}>
              <ShapeOctagon size={16} />
              <span>
                {line !== null && <strong>{t.schedules.line(line)}: </strong>}
                {words}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
