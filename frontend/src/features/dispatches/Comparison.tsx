import { Anchor, Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useText } from '@/shared/i18n'
import { Panel } from '@/shared/ui/Panel'
import { StateBadge } from '@/shared/ui/State'
import { Wide } from '@/shared/ui/Wide'
import classes from './Comparison.module.css'
import { comparisonOf, type Kind, type Measure } from './comparison'
import { type Dispatch, dispatchQueries, isOver } from './queries'

/** From this part on a change is worth a look. */
const NOTABLE = 0.2

/** What a dispatch took and did, beside the one before of the same schedule. */
export function Comparison({ dispatch }: { dispatch: Dispatch }) {
  const { data: before } = useQuery({
    ...dispatchQueries.previous(dispatch),
    enabled: isOver(dispatch.state),
  })
  return before ? <Beside now={dispatch} before={before} /> : null
}

function Beside({ now, before }: { now: Dispatch; before: Dispatch }) {
  const { t, short } = useText()
  return (
    <Panel title={t.comparison.title} flush>
      <Wide label={t.comparison.title}>
        <Table verticalSpacing={4} horizontalSpacing="md" className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Td />
              <Table.Th>{t.dispatches.one(now.id)}</Table.Th>
              <Table.Th>
                <Anchor
                  renderRoot={(props) => (
                    <Link to="/dispatches/$id" params={{ id: String(before.id) }} {...props} />
                  )}
                >
                  {t.dispatches.one(before.id)}
                </Anchor>
              </Table.Th>
              <Table.Th>{t.comparison.change}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            <Table.Tr>
              <Table.Th>{t.dispatches.state}</Table.Th>
              <Table.Td>
                <StateBadge state={now.state} />
              </Table.Td>
              <Table.Td>
                <StateBadge state={before.state} />
              </Table.Td>
              <Table.Td />
            </Table.Tr>
            <Words name={t.dispatches.slot} now={short(now.slot)} before={short(before.slot)} />
            <Words
              name={t.dispatches.model}
              now={versionOf(now)}
              before={versionOf(before)}
              marked
            />
            {comparisonOf(now, before).map((one) => (
              <Numbers key={one.name} measure={one} />
            ))}
            {(now.error || before.error) && (
              <Words
                name={t.comparison.error}
                now={now.error?.detail ?? '–'}
                before={before.error?.detail ?? '–'}
              />
            )}
          </Table.Tbody>
        </Table>
      </Wide>
    </Panel>
  )
}

function versionOf({ model, version }: Dispatch): string {
  return version ? `${model} ${version}` : model
}

interface WordsProps {
  name: string
  now: string
  before: string
  /** Whether it matters that they differ. */
  marked?: boolean
}

function Words({ name, now, before, marked }: WordsProps) {
  const { t } = useText()
  return (
    <Table.Tr>
      <Table.Th>{name}</Table.Th>
      <Table.Td className={classes.words}>{now}</Table.Td>
      <Table.Td className={classes.words}>{before}</Table.Td>
      <Table.Td className={classes.change} data-tone="warn">
        {marked && now !== before && t.comparison.another}
      </Table.Td>
    </Table.Tr>
  )
}

function Numbers({ measure }: { measure: Measure }) {
  const { t, percent } = useText()
  const shown = useShown()
  const { name, kind, now, before, change } = measure
  if (now === null && before === null) return null
  const isNotable = change !== null && Math.abs(change) >= NOTABLE
  return (
    <Table.Tr>
      <Table.Th>{nameOf(name, t)}</Table.Th>
      <Table.Td>{shown(now, kind)}</Table.Td>
      <Table.Td>{shown(before, kind)}</Table.Td>
      <Table.Td className={classes.change} data-tone={isNotable ? 'warn' : 'idle'}>
        {change !== null && `${change > 0 ? '+' : ''}${percent(change, 0)}`}
      </Table.Td>
    </Table.Tr>
  )
}

function nameOf(name: string, t: ReturnType<typeof useText>['t']): string {
  const [stage = '', part] = name.split('.')
  if (part === undefined) return stage === 'took' ? t.dispatches.took : t.dispatches.memory
  const of = { seconds: t.comparison.time, rows: t.comparison.rows, rate: t.comparison.speed }
  return `${t.dispatches.stages[stage] ?? stage}, ${of[part as keyof typeof of]}`
}

function useShown(): (value: number | null, kind: Kind) => string {
  const { t, took, number } = useText()
  return (value, kind) => {
    if (value === null) return '–'
    if (kind === 'seconds') return took(value)
    if (kind === 'bytes') return `${number(value / 1e6)} MB`
    return kind === 'rate' ? t.dispatches.perSecond(number(value)) : number(value)
  }
}
