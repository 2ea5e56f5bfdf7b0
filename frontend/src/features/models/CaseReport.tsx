import { Switch, Table } from '@mantine/core'
import { useState } from 'react'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { ShapeCheck, ShapeOctagon } from '@/shared/ui/icons'
import { Wide } from '@/shared/ui/Wide'
import classes from './CaseReport.module.css'

type Run = Schemas['CaseRun']
type Result = Schemas['CaseResult']
type Answer = Schemas['CaseAnswer']

interface Props {
  run: Run
  /** Cases that bar a promotion, with the reason; they are marked, and shown first. */
  faults?: readonly Schemas['GateFault'][]
}

const isTelling = (one: Result) =>
  one.answers.some(
    (answer) => answer.agrees === false || answer.label_changed || (answer.moved ?? 0) > 0,
  )

/** What versions answer to the stored cases, side by side, and how far the answers moved. */
export function CaseReport({ run, faults = [] }: Props) {
  const { t, percent } = useText()
  const [isShort, setShort] = useState(false)
  const reasons = new Map(faults.map((one) => [one.case, one.reason]))
  const shown = run.cases
    .filter((one) => !isShort || reasons.has(one.id) || isTelling(one))
    .toSorted((a, b) => Number(reasons.has(b.id)) - Number(reasons.has(a.id)))
  const isCompared = run.versions.length > 1
  return (
    <div className={classes.report}>
      <div className={classes.totals}>
        {run.versions.map((one, i) => (
          <span key={one.version}>
            {t.showroom.foreseen(one.version, one.agree, one.agree + one.disagree)}
            {i > 0 && ` · ${t.showroom.changed(one.labels_changed)}`}
          </span>
        ))}
        <Switch
          size="xs"
          label={t.models.onlyTelling}
          checked={isShort}
          onChange={(event) => setShort(event.currentTarget.checked)}
        />
      </div>
      <Wide label={t.models.report} isLow>
        <Table stickyHeader verticalSpacing={5} className={classes.cases}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.showroom.case}</Table.Th>
              {run.versions.map((one) => (
                <Table.Th key={one.version}>{t.showroom.version(one.version)}</Table.Th>
              ))}
              {isCompared && <Table.Th>{t.models.moved}</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((one) => (
              <Row key={one.id} result={one} reason={reasons.get(one.id)} run={run} />
            ))}
          </Table.Tbody>
        </Table>
      </Wide>
      {isCompared && (
        <p className={classes.note}>{t.models.tolerance(percent(run.tolerance, 1))}</p>
      )}
    </div>
  )
}

interface RowProps {
  result: Result
  reason: string | undefined
  run: Run
}

function Row({ result, reason, run }: RowProps) {
  const { t } = useText()
  const { answers, expected, title, id } = result
  return (
    <Table.Tr className={reason === undefined ? undefined : classes.barred}>
      <Table.Td>
        <span className={classes.title}>{title || `#${id}`}</span>
        {expected !== null && expected !== undefined && (
          <span className={classes.dim}>{t.showroom.expected(String(expected))}</span>
        )}
        {reason !== undefined && <span className={classes.reason}>{reason}</span>}
      </Table.Td>
      {answers.map((answer) => (
        <Table.Td key={answer.version} data-name={t.showroom.version(answer.version)}>
          <Told answer={answer} />
        </Table.Td>
      ))}
      {answers.length > 1 && (
        <Table.Td data-name={t.models.moved}>
          <Moved answer={answers.at(-1)} tolerance={run.tolerance} />
        </Table.Td>
      )}
    </Table.Tr>
  )
}

interface Output {
  label?: unknown
  value?: number
  values?: number[]
  probabilities?: Record<string, number>
}

function Told({ answer }: { answer: Answer }) {
  const { t, percent, number } = useText()
  const { label, value, values, probabilities } = (answer.output ?? {}) as Output
  const numbers = (values ?? [value ?? Number.NaN]).map((one) => number(one, 4)).join(', ')
  const chance = probabilities?.[String(label)]
  const sure = chance === undefined ? '' : ` · ${percent(chance, 0)}`
  const words = answer.error ?? (label === undefined ? numbers : `${label}${sure}`)
  if (answer.agrees === null || answer.agrees === undefined) return <span>{words}</span>
  const Shape = answer.agrees ? ShapeCheck : ShapeOctagon
  return (
    <span className={classes.told} data-tone={answer.agrees ? 'good' : 'bad'}>
      <Shape size={15} aria-label={answer.agrees ? t.showroom.right : t.showroom.wrong} /> {words}
    </span>
  )
}

/** How far an answer moved, beside how far it may. */
function Moved({ answer, tolerance }: { answer: Answer | undefined; tolerance: number }) {
  const { percent } = useText()
  if (answer?.moved === null || answer?.moved === undefined) return null
  const isFar = answer.moved > tolerance
  return (
    <span className={classes.moved} data-tone={isFar ? 'bad' : 'good'}>
      <span className={classes.track}>
        <span
          className={classes.fill}
          style={{ width: `${Math.max(2, Math.min(answer.moved, 1) * 100)}%` }}
        />
      </span>
      {percent(answer.moved)}
    </span>
  )
}
