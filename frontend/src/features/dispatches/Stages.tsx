import { Progress } from '@mantine/core'
import { useText } from '@/shared/i18n'
import { type Dispatch, isOver } from './queries'
import classes from './Stages.module.css'
import { type Stage, stagesOf } from './stages'

/** Collect, infer, deliver: how far each is, how long it worked, how fast. */
export function Stages({ dispatch }: { dispatch: Dispatch }) {
  const failed = dispatch.error?.stage
  return (
    <div className={classes.stages}>
      {stagesOf(dispatch).map((stage) => (
        <Card
          key={stage.name}
          stage={stage}
          expected={dispatch.progress.rows_expected ?? null}
          isFailed={failed === stage.name}
          isOver={isOver(dispatch.state)}
          isDone={dispatch.state === 'succeeded'}
        />
      ))}
    </div>
  )
}

interface Props {
  stage: Stage
  expected: number | null
  isFailed: boolean
  isOver: boolean
  isDone: boolean
}

function Card({ stage, expected, isFailed, isOver: over, isDone }: Props) {
  const { t, number, took } = useText()
  const rows = number(stage.rows)
  return (
    <section className={classes.stage} data-failed={isFailed || undefined}>
      <h2>{t.dispatches.stages[stage.name]}</h2>
      <strong className="tabular">
        {expected !== null && expected !== stage.rows ? t.common.of(rows, number(expected)) : rows}
      </strong>
      <Progress
        aria-label={t.dispatches.stages[stage.name]}
        value={100 * (stage.part ?? (isDone || isFailed ? 1 : 0))}
        color={isFailed ? 'red' : isDone ? 'green.7' : over ? 'gray' : undefined}
        animated={!over && stage.part !== 1}
      />
      <span className="tabular">
        {took(stage.seconds)}
        {stage.rowsPerSecond !== null &&
          ` · ${t.dispatches.perSecond(number(stage.rowsPerSecond))}`}
      </span>
    </section>
  )
}
